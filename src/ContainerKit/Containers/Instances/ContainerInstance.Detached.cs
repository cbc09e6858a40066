using ContainerKit.Containers.Health;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Launching;
using ContainerKit.Networks.Control;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Supervision;
using ContainerKit.Volumes;

namespace ContainerKit.Containers.Instances;

/// <content>A container that outlives its engine: the next one that is interested takes it over, and the end of an engine lets go of it.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Takes over a detached container that no engine owns any more; does nothing with any other.</summary>
    internal async Task TryAdoptAsync()
    {
        if (!IsAbandoned())
            return;
        Task ended = Task.CompletedTask;
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await AdoptAbandonedAsync().ConfigureAwait(false);
            if (_run is ContainerRun run && run.Process.Exited.IsCompleted)
                ended = run.Completion;
        }
        finally
        {
            ReleaseWhenIdle();
            _gate.Release();
        }

        await ended.ConfigureAwait(false);
    }

    /// <summary>As <see cref="TryAdoptAsync"/>; the caller holds the gate.</summary>
    private async ValueTask AdoptAbandonedAsync()
    {
        if (IsAbandoned() && await OwnerLock.TryAcquireAbandonedAsync(Directory).ConfigureAwait(false) is FileLock taken)
            await TakeOverAsync(taken).ConfigureAwait(false);
    }

    /// <summary>Perhaps: the lock decides.</summary>
    private bool IsAbandoned()
        => Config.IsDetached && _lock is null && !_removed && !_context.Operations.IsClosed
            && ContainerFiles.ReadState(Directory, out _) is { NeedsOwner: true } or { IsStarting: true };

    /// <summary>Makes the container this process's, and goes on with what its last owner left. The caller holds the gate.</summary>
    private async Task TakeOverAsync(FileLock taken)
    {
        ContainerState state;
        IContainerProcess? process;
        try
        {
            // Another process may have renamed or updated it.
            _config = ReadConfig() ?? throw NotFound();
            (state, process) = await SettleAsync().ConfigureAwait(false);
        }
        catch
        {
            taken.Dispose();
            throw;
        }

        lock (_sync)
        {
            _state = state;
            _lock = taken;
        }

        if (process is not null)
            await ContinueAsync(process, (ContainerState.Running)state).ConfigureAwait(false);
        else if (Config.IsDetached && state is ContainerState.Restarting)
            ScheduleRestart();
        else if (Config.IsDetached && Config.Spec.AutoRemove && state is ContainerState.Exited)
            await RemoveOwnedAsync(deleteLater: true).ConfigureAwait(false);
    }

    private async Task<(ContainerState State, IContainerProcess? Process)> SettleAsync()
    {
        if (RuntimeSpecFactory.Supervise(Config, Directory) is not RuntimeSupervision supervision
            || ContainerFiles.ReadState(Directory, out _) is not ContainerStateRecord record
            || record is { NeedsOwner: false, IsStarting: false })
            return (await ContainerRecovery.SettleAsync(_context, Config).ConfigureAwait(false), null);
        if (record.ToState() is ContainerState.Restarting restarting)
            return (restarting, null);
        if (await _context.Runtime.AdoptAsync(supervision, CancellationToken.None).ConfigureAwait(false) is not { } process)
            return (await ContainerRecovery.SettleAsync(_context, Config).ConfigureAwait(false), null);

        // An engine that died while it started the container has not recorded the process; its supervisor has.
        ContainerState.Running running = record.ToState() as ContainerState.Running
            ?? new ContainerState.Running(process.Identity, SupervisionRecord.TryRead(supervision.RecordPath)?.StartedAt ?? Time.GetUtcNow())
            {
                RestartCount = record.RestartCount,
                FinishedAt = record.FinishedAt,
            };
        return (process.Identity.StartTime == 0 ? running : running with { Identity = process.Identity }, process);
    }

    private async Task ContinueAsync(IContainerProcess process, ContainerState.Running running)
    {
        RuntimeSpec spec = RuntimeSpecFactory.Create(Config, _context.Paths.DataRoot, Directory, await FindJoinedAsync().ConfigureAwait(false), running.Network);
        ContainerNetwork? network = null;
        await TryExitStepAsync("taking over the network", async () => network = await ResumeNetworkAsync(running).ConfigureAwait(false)).ConfigureAwait(false);
        VolumeLease? volumes = null;
        await TryExitStepAsync("taking over the volumes", async () => volumes = await AcquireVolumesAsync(CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
        if (network is not null)
            running = running with { Network = StateOf(network) };
        SetState(running);
        ContainerFiles.WriteState(Directory, running, ephemeral: false);
        ContainerMessages.Adopted(_context.Logger, Config.ShortId, process.Identity.Pid);
        ContainerRun run = Watch(process, spec, log: null, isAdopted: true, network, volumes);
        if (run.Health is HealthMonitor health)
            health.IsSuspended = running.IsPaused;
    }

    private async Task<JoinedContainers?> FindJoinedAsync()
    {
        try
        {
            return await NamespaceTargets.FindAsync(_context, Config.Spec).ConfigureAwait(false);
        }
        catch (ContainerKitException)
        {
            return null; // that container ended meanwhile, which changes nothing for this one
        }
    }

    /// <summary>The end of the engine: the container goes on, and whoever wants it may have it.</summary>
    private async Task ReleaseDetachedAsync()
    {
        ContainerRun? run;
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            run = _run;
            run?.Release();

            // What is to happen after the delay is on disk: the state.
            _restart?.Cancel();
            _restart = null;
        }
        finally
        {
            _gate.Release();
        }

        if (run is not null)
        {
            await run.Completion.ConfigureAwait(false);
            if (run.Health is HealthMonitor health)
                await health.DisposeAsync().ConfigureAwait(false);
            if (run.Memory is { } memory)
                await memory.DisposeAsync().ConfigureAwait(false);
        }

        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (run is not null && _run == run)
            {
                if (run.Network is { } network)
                    await network.AbandonAsync().ConfigureAwait(false);
                await run.DisposeAsync().ConfigureAwait(false);
                lock (_sync)
                    _run = null;
            }

            lock (_sync)
            {
                _lock?.Dispose();
                _lock = null;
            }

            await _hub.CompleteAsync().ConfigureAwait(false);
            FailWaiters(OperationGate.CreateClosedException());
        }
        finally
        {
            _gate.Release();
        }
    }

    private ILogFollower OpenFramedLog(bool follow)
        => follow ? new PollingLogFollower(LogPath, MayWriteMore, PollInterval, Time) : new FinishedLog(() => LogFiles.OpenAllStable(LogPath));

    private bool MayWriteMore()
        => !_removed && ContainerFiles.ReadState(Directory, out _) is { NeedsOwner: true } record
            && (_lock is not null || record.Status == ContainerStatus.Restarting || SupervisionRecord.IsSupervised(ContainerPaths.Supervision(Directory)));
}
