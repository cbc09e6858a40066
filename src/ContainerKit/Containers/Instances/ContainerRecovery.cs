using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.Instances;

/// <summary>
/// Puts right what engine processes that died left behind. A container whose lock can be taken has no living owner. Containers that simply
/// exist are
/// recognised by one small file each and left alone.
/// </summary>
internal static class ContainerRecovery
{
    internal const string OwnerDied = "The engine process that owned the container died.";

    private const int Parallelism = 8;

    /// <summary>
    /// A launch that its engine's death interrupted ends by itself, but may until then still make files in what is being removed; without a cgroup
    /// nobody knows its processes.
    /// </summary>
    private const int RemovalAttempts = 100;

    private static readonly TimeSpan RemovalPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks at every container of the data root.</summary>
    internal static async Task RunAsync(ContainerContext context, CancellationToken cancellationToken)
    {
        foreach (string directory in (string[])[context.Paths.Names, context.Paths.Removing, context.Paths.Prepared])
            Directory.CreateDirectory(directory);
        HashSet<string> present = new(StringComparer.Ordinal);
        List<string> suspects = [.. Directory.EnumerateDirectories(context.Paths.Removing), .. Directory.EnumerateDirectories(context.Paths.Prepared)];
        byte[] buffer = new byte[SettledState.LongestFile];
        foreach (string path in Directory.EnumerateDirectories(context.Paths.Root))
        {
            string name = Path.GetFileName(path);
            if (ContainerId.IsComplete(name))
            {
                present.Add(name);

                // The state is written before the configuration: without the latter its creation was interrupted.
                if (!File.Exists(ContainerPaths.Config(path)) || !IsSettled(path, buffer))
                    suspects.Add(path);
            }
        }

        if (suspects.Count > 0)
        {
            await RecoverAsync(context, suspects, cancellationToken).ConfigureAwait(false);
            present.ExceptWith(suspects.Where(path => !Directory.Exists(path)).Select(path => Path.GetFileName(path)));
        }

        if (context.Names.FindAbandoned(present) is { Count: > 0 } abandoned)
            context.Names.RemoveAbandoned(abandoned);
    }

    private static async Task RecoverAsync(ContainerContext context, List<string> suspects, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(suspects, options, (path, _) => RecoverAsync(context, path)).ConfigureAwait(false);
        await ReleaseLayersAsync(context, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsSettled(string directory, byte[] buffer)
        => SettledState.IsIn(directory, buffer)
            || ContainerFiles.ReadState(directory, out _) is { Ephemeral: false, IsStarting: false, Status: ContainerStatus.Created or ContainerStatus.Exited };

    /// <summary>A damaged image must not keep the engine from opening: what is not freed now is freed once that is repaired.</summary>
    private static async Task ReleaseLayersAsync(ContainerContext context, CancellationToken cancellationToken)
    {
        try
        {
            await context.Images.ReleaseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerKitException)
        {
            ContainerMessages.RecoveryFailed(context.Logger, e, context.Paths.DataRoot);
        }
    }

    /// <summary>
    /// Recovers one directory, when nobody owns it. One that fails is reported and does not keep the others from their turn.
    /// </summary>
    internal static async ValueTask RecoverAsync(ContainerContext context, string directory)
    {
        if (await TryAdoptAsync(context, directory).ConfigureAwait(false))
            return;
        using FileLock? taken = await OwnerLock.TryAcquireAbandonedAsync(directory).ConfigureAwait(false);
        if (taken is null)
            return;
        try
        {
            string name = Path.GetFileName(directory);
            string parent = Path.GetDirectoryName(directory)!;
            if (parent == context.Paths.Prepared && ContainerId.IsComplete(name))
                await context.Runtime.CleanUpAsync(name, identity: null, CancellationToken.None).ConfigureAwait(false);
            if (parent != context.Paths.Root)
                await DeleteAsync(context, directory).ConfigureAwait(false);
            else if (ContainerFiles.ReadConfig(directory) is ContainerConfig config && config.Id == name)
                await RecoverContainerAsync(context, config).ConfigureAwait(false);
            else
                await RecoverIncompleteAsync(context, name, directory).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerKitException)
        {
            ContainerMessages.RecoveryFailed(context.Logger, e, directory);
        }
    }

    /// <summary>
    /// The state of a container that this process just locked. Where the files say that it runs or was about to, its owner died: what is
    /// left of it is
    /// killed, and that is recorded.
    /// </summary>
    internal static async Task<ContainerState> SettleAsync(ContainerContext context, ContainerConfig config)
    {
        string directory = context.Paths.DirectoryOf(config.Id);
        ContainerStateRecord? record = ContainerFiles.ReadState(directory, out bool damaged);
        ContainerState state = record?.ToState() ?? new ContainerState.Created();
        bool orphaned = damaged || record is { IsStarting: true } || state is ContainerState.Running or ContainerState.Restarting || (config.IsEphemeral && record is null);
        if (!orphaned)
            return state;
        await context.Runtime.CleanUpAsync(config.Id, (state as ContainerState.Running)?.Identity, CancellationToken.None).ConfigureAwait(false);
        if (state is ContainerState.Restarting restarting)
        {
            state = restarting.Settle(stoppedByCaller: false);
        }
        else if (damaged || state is ContainerState.Running)
        {
            var startedAt = (state as ContainerState.Running)?.StartedAt;
            state = new ContainerState.Exited(ExitStatus.FromSignal(SignalName.Kill), startedAt, context.Time.GetUtcNow(), OwnerDied) { RestartCount = state.RestartCount };
        }

        if (!config.IsEphemeral)
            ContainerFiles.WriteState(directory, state, ephemeral: false);
        return state;
    }

    /// <summary>A detached container that runs has lost its owner only.</summary>
    private static async ValueTask<bool> TryAdoptAsync(ContainerContext context, string directory)
    {
        if (Path.GetDirectoryName(directory) != context.Paths.Root
            || ContainerFiles.ReadState(directory, out _) is not ({ NeedsOwner: true } or { IsStarting: true })
            || ContainerFiles.ReadConfig(directory) is not { IsDetached: true } config || config.Id != Path.GetFileName(directory))
            return false;
        try
        {
            await ContainerLookup.GetInstance(context, config).TryAdoptAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerKitException)
        {
            ContainerMessages.RecoveryFailed(context.Logger, e, directory);
        }

        return true;
    }

    private static async Task RecoverContainerAsync(ContainerContext context, ContainerConfig config)
    {
        ContainerState state = await SettleAsync(context, config).ConfigureAwait(false);
        if (!config.IsEphemeral && state is not ContainerState.Removing)
        {
            ContainerMessages.Recovered(context.Logger, config.ShortId, "it is kept as exited");
            return;
        }

        context.Names.Release(config.Name, config.Id);
        await DeleteAsync(context, ContainerRemoval.Hide(context.Paths, config.Id)).ConfigureAwait(false);
        ContainerMessages.Recovered(context.Logger, config.ShortId, "it is removed");
    }

    private static async Task RecoverIncompleteAsync(ContainerContext context, string id, string directory)
    {
        // Without a configuration it was never completely created. With one that can't be read, and a state of a container that was to be
        // kept, the disk
        // is damaged, and the container's files may be worth something to somebody.
        if (File.Exists(ContainerPaths.Config(directory)) && ContainerFiles.ReadState(directory, out _) is { Ephemeral: false })
            throw new InvalidContentException($"{ContainerPaths.Config(directory)} is damaged. Repair it, or delete the directory.");
        await context.Runtime.CleanUpAsync(id, identity: null, CancellationToken.None).ConfigureAwait(false);
        await DeleteAsync(context, ContainerRemoval.Hide(context.Paths, id)).ConfigureAwait(false);
        ContainerMessages.Recovered(context.Logger, ContainerId.Shorten(id), "it was half created and is removed");
    }

    private static async Task DeleteAsync(ContainerContext context, string hidden)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await ContainerRemoval.DeleteAsync(context, hidden).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (attempt < RemovalAttempts && (e is IOException or UnauthorizedAccessException))
            {
                await Task.Delay(RemovalPause, context.Time).ConfigureAwait(false);
            }
        }
    }
}
