using System.Globalization;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers;

/// <summary>Finds containers on disk, whoever created them.</summary>
internal static class ContainerLookup
{
    internal static async Task<ContainerInstance?> FindAsync(ContainerContext context, string idOrName)
    {
        string? id = FindId(context, idOrName) ?? FindByGeneratedName(context, idOrName);
        if (id is null)
            return null;
        if (context.Instances.TryGetValue(id, out ContainerInstance? known))
        {
            if (Directory.Exists(known.Directory))
            {
                known.RefreshConfig();
                await known.TryAdoptAsync().ConfigureAwait(false);
                return known;
            }

            context.Instances.TryRemove(id, out _); // another process removed it
            return null;
        }

        string directory = context.Paths.DirectoryOf(id);
        await RecoverIfOrphanedAsync(context, directory, ContainerFiles.ReadState(directory, out _)).ConfigureAwait(false);
        return ContainerFiles.ReadConfig(directory) is ContainerConfig config ? GetInstance(context, config) : null;
    }

    /// <summary>The one object of a container that is on disk.</summary>
    internal static ContainerInstance GetInstance(ContainerContext context, ContainerConfig config)
        => context.Instances.GetOrAdd(config.Id, static (_, state) => new ContainerInstance(state.context, state.config, ownerLock: null), (context, config));

    internal static async Task<IReadOnlyList<ContainerInfo>> ListAsync(ContainerContext context, CancellationToken cancellationToken)
    {
        List<ContainerInfo> list = [];
        foreach (string id in EnumerateIds(context))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ContainerInfo? info = context.Instances.TryGetValue(id, out ContainerInstance? known) ? await TryGetInfoAsync(known).ConfigureAwait(false) : await ReadInfoAsync(context, id).ConfigureAwait(false);
            if (info is not null)
                list.Add(info);
        }

        foreach ((string id, ContainerInstance instance) in context.Instances)
        {
            if (!instance.IsRemoved && !Directory.Exists(instance.Directory))
                context.Instances.TryRemove(id, out _);
        }

        list.Sort((left, right) => left.CreatedAt.CompareTo(right.CreatedAt));
        return list;
    }

    /// <summary>Finds the container that was given this name instead of choosing it (<see cref="ContainerName.ForId"/>).</summary>
    internal static string? FindByGeneratedName(ContainerContext context, string name)
    {
        if (!ContainerName.TryGetIdPrefix(name, out string prefix))
            return null;
        foreach (string id in EnumerateIds(context).Where(id => id.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (context.Instances.TryGetValue(id, out ContainerInstance? known) ? known.Config.Name == name : ContainerFiles.ReadConfig(context.Paths.DirectoryOf(id))?.Name == name)
                return id;
        }

        return null;
    }

    private static async ValueTask<ContainerInfo?> TryGetInfoAsync(ContainerInstance instance)
    {
        try
        {
            await instance.TryAdoptAsync().ConfigureAwait(false);
            return instance.GetInfo();
        }
        catch (NotFoundException)
        {
            return null; // removed in this moment
        }
    }

    private static async Task<ContainerInfo?> ReadInfoAsync(ContainerContext context, string id)
    {
        string directory = context.Paths.DirectoryOf(id);
        ContainerStateRecord? record = ContainerFiles.ReadState(directory, out _);
        if (await RecoverIfOrphanedAsync(context, directory, record).ConfigureAwait(false))
            record = ContainerFiles.ReadState(directory, out _);
        if (ContainerFiles.ReadConfig(directory) is not ContainerConfig config)
            return null;
        ContainerState state = record?.ToState() ?? new ContainerState.Created();
        int? owner = state is ContainerState.Running or ContainerState.Restarting ? record?.OwnerPid : config.IsEphemeral ? config.CreatorPid : null;
        return ContainerInfoFactory.Create(config, state, directory, owner);
    }

    /// <summary>
    /// Between two opens an owner may die; then what it ran is not shown as running. Only a hint is looked at here, the lock decides.
    /// </summary>
    private static async ValueTask<bool> RecoverIfOrphanedAsync(ContainerContext context, string directory, ContainerStateRecord? record)
    {
        if (record is not { NeedsOwner: true, OwnerPid: int owner } || Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{owner}")))
            return false;
        await ContainerRecovery.RecoverAsync(context, directory).ConfigureAwait(false);
        return true;
    }

    /// <summary>Docker's order: the whole id, the name, the beginning of an id.</summary>
    private static string? FindId(ContainerContext context, string idOrName)
    {
        if (ContainerId.IsComplete(idOrName) && Directory.Exists(context.Paths.DirectoryOf(idOrName)))
            return idOrName;
        if (ContainerName.IsValid(idOrName) && context.Names.FindId(idOrName) is string named && Directory.Exists(context.Paths.DirectoryOf(named)))
            return named;
        if (!ContainerId.IsPrefix(idOrName))
            return null;
        string[] matches = [.. EnumerateIds(context).Where(id => id.StartsWith(idOrName, StringComparison.Ordinal)).Take(2)];
        return matches.Length > 1
            ? throw new ConflictException($"Several containers have ids that begin with '{idOrName}'. Give more digits.")
            : matches.FirstOrDefault();
    }

    private static IEnumerable<string> EnumerateIds(ContainerContext context)
        => Directory.EnumerateDirectories(context.Paths.Root).Select(path => Path.GetFileName(path)).Where(name => ContainerId.IsComplete(name));
}
