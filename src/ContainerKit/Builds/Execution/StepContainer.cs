using ContainerKit.Containers;
using ContainerKit.Containers.Files;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Streams;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Builds.Execution;

/// <summary>A container on the layers of a stage, whose changes become the next layer. Disposing removes it.</summary>
internal sealed class StepContainer : IAsyncDisposable
{
    private readonly BuildSession _session;
    private readonly ContainerInstance _instance;
    private readonly IDisposable _image;

    private StepContainer(BuildSession session, ContainerInstance instance, IDisposable image)
    {
        _session = session;
        _instance = instance;
        _image = image;
    }

    /// <summary>Makes the container, not started.</summary>
    public static async Task<StepContainer> CreateAsync(BuildSession session, StageState state, Func<ContainerSpec, ContainerSpec> configure, CancellationToken cancellationToken)
    {
        // Of the configuration only what a command of a build has: no volumes, no health check, no ports.
        Image image = session.Images.CreateTransient(new ImageConfiguration
        {
            Architecture = state.Platform.Architecture,
            Variant = state.Platform.Variant,
            Os = state.Platform.Os,
            Config = new ExecutionConfiguration { Env = state.Config.Env, User = state.Config.User, WorkingDir = state.Config.WorkingDir, Cmd = ["/"] },
            RootFs = new Oci.RootFileSystem { DiffIds = state.Layers },
        });
        IDisposable registered = session.Builder.Register(image);
        try
        {
            ContainerSpec spec = configure(ContainerSpec.FromImage(image) with { Hostname = "build", Log = LogOptions.None, Entrypoint = [] });
            ContainerInstance instance = await new ContainerCreation(session.Containers).CreateAsync(spec, handleOwned: true, cancellationToken).ConfigureAwait(false);
            return new StepContainer(session, instance, registered);
        }
        catch
        {
            registered.Dispose();
            throw;
        }
    }

    /// <summary>Runs the command to its end.</summary>
    /// <param name="output">Gets what it writes.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public async Task<ExitStatus> RunAsync(IOutputListener output, CancellationToken cancellationToken)
    {
        await _instance.GetHub().AddAsync(output).ConfigureAwait(false);
        await _instance.StartAsync(cancellationToken).ConfigureAwait(false);
        return await _instance.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets something work on the root, which is mounted for it.</summary>
    public Task UseRootAsync(Func<RootAccess, CancellationToken, Task> use, CancellationToken cancellationToken) => _instance.UseRootAsync("build in", use, cancellationToken);

    /// <summary>Removes what was made for mounts only: entries that the image does not have and that are empty.</summary>
    /// <param name="targets">The mounts' targets, absolute.</param>
    /// <param name="below">The files before.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RemoveMountPointsAsync(IEnumerable<string> targets, StageFiles below, CancellationToken cancellationToken)
    {
        using RootedDirectory upper = await _session.Containers.Runtime.Roots.OpenAsync(ContainerPaths.Upper(_instance.Directory), cancellationToken).ConfigureAwait(false);
        foreach (string target in targets.OrderByDescending(target => target.Length))
        {
            StagePath path;
            try
            {
                path = below.Resolve(target);
            }
            catch (LinuxException)
            {
                continue;
            }
            for (int count = path.Components.Count; count > path.ExistingCount; count--)
            {
                if (!TryRemoveEmpty(upper, path.Components, count))
                {
                    break;
                }
            }
        }
    }

    /// <summary>Writes what has changed as a layer's archive.</summary>
    public async Task PackAsync(Stream output, CancellationToken cancellationToken)
    {
        using var upper = new PlainDirectory(
            await _session.Containers.Runtime.Roots.OpenAsync(ContainerPaths.Upper(_instance.Directory), cancellationToken).ConfigureAwait(false), OverlayAttributeNames.Default);
        var writer = new TarWriter(output);
        var options = new PackingOptions { OverlayUpper = true, LatestTime = _session.Arguments.SourceDate };
        await new TreePacker(writer, _session.Containers.Runtime.Roots.Owners, options).PackContentAsync(upper, [], cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _instance.RemoveAsync(force: true, CancellationToken.None, deleteLater: true).ConfigureAwait(false);
        _image.Dispose();
    }

    private static bool TryRemoveEmpty(RootedDirectory upper, IReadOnlyList<byte[]> path, int count)
    {
        using RootedDirectory? parent = upper.TryOpenDirectory(CopyLayer.Join(path, count - 1), PathResolution.NoSymbolicLinks, out _);
        if (parent?.TryGetStatus(path[count - 1]) is not { } status)
        {
            return true;
        }
        try
        {
            if (status.Type == FileType.Directory)
            {
                parent.RemoveDirectory(path[count - 1]);
                return true;
            }
            if (status is { Type: FileType.Regular, Size: 0 })
            {
                parent.RemoveFile(path[count - 1]);
                return true;
            }
            return false;
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOTEMPTY or Errno.EEXIST)
        {
            return false;
        }
    }
}
