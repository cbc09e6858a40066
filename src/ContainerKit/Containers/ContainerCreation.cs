using System.Collections.Immutable;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Preparation;
using ContainerKit.Containers.Specs;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Diagnostics;
using ContainerKit.Linux.Io;
using ContainerKit.Networks;
using ContainerKit.Runtime;

namespace ContainerKit.Containers;

/// <summary>Makes containers on disk: everything or nothing.</summary>
internal sealed class ContainerCreation(ContainerContext context)
{
    private const int NameAttempts = 20;

    /// <summary>Creates a container. One that is ephemeral comes with its lock held.</summary>
    internal async Task<ContainerInstance> CreateAsync(ContainerSpec spec, bool handleOwned, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ContainerSpecValidator.Validate(spec);
        using OperationGate.Operation operation = context.Operations.Enter(cancellationToken);
        try
        {
            spec = await NamespaceTargets.ResolveNamesAsync(context, spec).ConfigureAwait(false);
            ContainerImage image = await context.Images.ResolveAsync(spec.Image, operation.Token).ConfigureAwait(false);
            _ = RuntimeSpecFactory.ResolveArguments(spec, image);
            operation.Token.ThrowIfCancellationRequested();
            return await CreateFilesAsync(spec, image, handleOwned, operation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (operation.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    private async Task<ContainerInstance> CreateFilesAsync(ContainerSpec spec, ContainerImage image, bool handleOwned, CancellationToken cancellationToken)
    {
        image = image with { LayerDirectories = RelateLayers(image.LayerDirectories) };
        ImmutableArray<NetworkAttachment> networks = ContainerNetworking.Resolve(context, spec);
        ImmutableArray<VolumeMount> volumes = await ContainerVolumes.PlanAsync(context, spec, image).ConfigureAwait(false);
        PreparedSlot? prepared = null;
        bool isDefault = ContainerNetworking.UsesDefaultOnly(context, spec);
        if (handleOwned && spec.Secrets is null && spec.Files.IsEmpty && volumes.IsEmpty && (networks.IsEmpty || (isDefault && spec.Ports.IsEmpty && !spec.PublishAllPorts)))
        {
            JoinedContainers joined = await NamespaceTargets.FindAsync(context, spec).ConfigureAwait(false);
            prepared = context.Prepared.TryTake(new LikelyContainer(image, isDefault, (id, directory, network) => Describe(spec, image, id, directory, joined, network)));
        }

        (string id, FileLock taken) = prepared is null ? ContainerDirectory.Create(context.Paths.DirectoryOf) : (prepared.Id, prepared.Lock);
        string directory = context.Paths.DirectoryOf(id);
        string? name = null;
        try
        {
            if (prepared is not null)
                Directory.Move(prepared.Directory, directory);
            name = ReserveName(spec.Name, id, isEphemeral: handleOwned || spec.AutoRemove);
            await context.Images.LeaseAsync(image, directory, durable: !handleOwned && !spec.AutoRemove, cancellationToken).ConfigureAwait(false);
            var config = new ContainerConfig
            {
                Id = id,
                Name = name,
                CreatedAt = context.Time.GetUtcNow(),
                CreatorPid = Environment.ProcessId,
                HandleOwned = handleOwned,
                Spec = spec,
                Image = image,
                Networks = networks,
            };
            if (prepared is null)
                ContainerDirectory.MakeLayers(directory);

            // The configuration last: a directory without it is one that was not completed. What a handle owns is started next, and gets it
            // then.
            if (!config.IsEphemeral)
                ContainerFiles.WriteState(directory, new ContainerState.Created(), ephemeral: false);
            if (!volumes.IsEmpty)
                config = await WriteWithVolumesAsync(config, volumes, directory, cancellationToken).ConfigureAwait(false);
            else if (!handleOwned)
                ContainerFiles.WriteConfig(directory, config);
            var instance = new ContainerInstance(context, config, taken, hasConfigFile: !handleOwned || !volumes.IsEmpty, prepared);
            context.Instances[id] = instance;
            instance.ReleaseWhenIdle();
            ContainerMessages.Created(context.Logger, config.ShortId, name);
            instance.Publish(EventAction.Create);
            Instruments.Created.Add(1);
            return instance;
        }
        catch
        {
            if (name is not null)
                context.Names.Release(name, id);
            if (prepared is not null)
                await prepared.DisposeAsync().ConfigureAwait(false);
            await ContainerRemoval.DeleteAsync(context, ContainerRemoval.Hide(context.Paths, id)).ConfigureAwait(false);
            taken.Dispose();
            throw;
        }
    }

    /// <summary>The configuration says which volumes are in use: none of them is removed before it is written.</summary>
    private async Task<ContainerConfig> WriteWithVolumesAsync(ContainerConfig config, ImmutableArray<VolumeMount> volumes, string directory, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.Volumes.HoldAsync(cancellationToken).ConfigureAwait(false);
        config = config with { Volumes = await ContainerVolumes.MakeAsync(context, config, volumes, directory, cancellationToken).ConfigureAwait(false) };
        ContainerFiles.WriteConfig(directory, config);
        return config;
    }

    /// <summary>The container as the runtime would see it, before it exists.</summary>
    private RuntimeSpec Describe(ContainerSpec spec, ContainerImage image, string id, string directory, JoinedContainers joined, NetworkState? network)
    {
        ContainerConfig config = new() { Id = id, Name = "", CreatedAt = context.Time.GetUtcNow(), CreatorPid = Environment.ProcessId, HandleOwned = true, Spec = spec, Image = image };
        return RuntimeSpecFactory.Create(config, context.Paths.DataRoot, directory, joined, network);
    }

    private string ReserveName(string? wanted, string id, bool isEphemeral)
    {
        if (wanted is not null)
        {
            if (ContainerLookup.FindByGeneratedName(context, wanted) is null && context.Names.TryReserve(wanted, id))
                return wanted;
            string holder = context.Names.FindId(wanted) is string known ? $"container {ContainerId.Shorten(known)}" : "another container";
            throw new ConflictException($"The name '{wanted}' is in use by {holder}. Choose another one, or remove that container.");
        }

        // A name that has the id's beginning in it is unique by itself, and saves what comes and goes the link.
        if (isEphemeral)
            return ContainerName.ForId(id);
        for (int attempt = 0; attempt < NameAttempts; attempt++)
        {
            string name = ContainerName.Generate(attempt);
            if (context.Names.TryReserve(name, id))
                return name;
        }

        return ContainerName.ForId(id);
    }

    /// <summary>Layers inside the data root by relative paths, so that the data root can be moved.</summary>
    private ImmutableArray<string> RelateLayers(ImmutableArray<string> directories)
    {
        string prefix = context.Paths.DataRoot.EndsWith('/') ? context.Paths.DataRoot : context.Paths.DataRoot + "/";
        return [.. directories.Select(layer => layer.StartsWith(prefix, StringComparison.Ordinal) ? layer[prefix.Length..] : layer)];
    }
}
