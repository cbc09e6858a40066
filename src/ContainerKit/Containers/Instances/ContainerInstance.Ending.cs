using ContainerKit.Containers.Health;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Streams;
using ContainerKit.Containers.Translation;
using ContainerKit.Diagnostics;
using ContainerKit.Networks;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.Instances;

/// <content>What is done when the process has ended, whoever ended it.</content>
internal sealed partial class ContainerInstance
{
    private async Task MonitorAsync(ContainerRun run)
    {
        ExitStatus? ended = await run.EndAsync().ConfigureAwait(false);
        Instruments.EndRun();
        if (ended is not ExitStatus status)
            return;
        _context.Prepared.Postpone();
        if (run.Health is HealthMonitor health)
            await TryExitStepAsync("ending the health check", () => health.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (run.Memory is { } memory)
            await TryExitStepAsync("ending the watch of memory", () => memory.DisposeAsync().AsTask()).ConfigureAwait(false);
        bool outOfMemory = run.Memory?.HasReported == true || IsOutOfMemory(run, status);
        Instruments.CountExit(status.ExitCode, status.Signal, outOfMemory);
        await run.DrainAsync().ConfigureAwait(false);
        await TryExitStepAsync("clean-up", () => _context.Runtime.CleanUpAsync(Config.Id, run.Process, CancellationToken.None)).ConfigureAwait(false);
        if (run.HasNewLimits)
            await TryExitStepAsync("clean-up of new limits", () => _context.Runtime.CleanUpAsync(Config.Id, (ProcessIdentity?)null, CancellationToken.None)).ConfigureAwait(false);
        bool again = false;
        Endpoint[] left = [];
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            // The next engine finds out the same.
            if (run.IsReleased)
                return;
            if (run.Network is { } network)
            {
                left = [.. network.Endpoints];
                await TryExitStepAsync("releasing the network", () => network.DisposeAsync().AsTask()).ConfigureAwait(false);
            }

            if (run.Volumes is { } volumes)
                await TryExitStepAsync("releasing the volumes", () => volumes.DisposeAsync().AsTask()).ConfigureAwait(false);
            again = WantsRestart(run, status);
            await TryExitStepAsync("recording the exit status", () => RecordExitAsync(run, status, outOfMemory, again)).ConfigureAwait(false);
            if (run.Process.TakeMounts() is { } mounts)
                _unmounting = _context.Removals.UnmountAsync(mounts);
            await TryExitStepAsync("releasing the process", () => run.DisposeAsync().AsTask()).ConfigureAwait(false);
            PublishExit(status, outOfMemory && run.Memory?.HasReported != true);
            PublishNetworks(EventAction.Disconnect, left);
            PublishVolumes(EventAction.Unmount, run.Volumes);
            if (again)
                ScheduleRestart();
            else if (Config.Spec.AutoRemove && !run.IsKept)
                await TryExitStepAsync("removal", () => RemoveOwnedAsync(deleteLater: true, exitFollows: true)).ConfigureAwait(false);
            ReleaseWhenIdle();
        }
        finally
        {
            _gate.Release();
        }

        ContainerMessages.Exited(_context.Logger, Config.ShortId, status.ExitCode);
        if (!again)
            CompleteExit(status);
        if (_removed)
            _gone.TrySetResult(status);
    }

    private Task RecordExitAsync(ContainerRun run, ExitStatus status, bool outOfMemory, bool again)
    {
        var running = _state as ContainerState.Running;
        DateTimeOffset finishedAt = run.Process.FinishedAt ?? Time.GetUtcNow();
        int restarts = running?.RestartCount ?? 0;
        ContainerState ended = again
            ? new ContainerState.Restarting(status, running?.StartedAt, finishedAt) { OutOfMemory = outOfMemory, RestartCount = restarts + 1 }
            : new ContainerState.Exited(status, running?.StartedAt, finishedAt)
            {
                OutOfMemory = outOfMemory,
                RestartCount = restarts,
                StoppedByCaller = run.IsStopRequested,
            };
        lock (_sync)
        {
            _state = ended;
            _run = null;
            _hub = new OutputHub();
        }

        // What is removed in the next moment needs no record.
        if (!Config.Spec.AutoRemove || run.IsKept)
            ContainerFiles.WriteState(Directory, ended, Config.IsEphemeral);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Nobody waits for the steps after an exit, so each reports its own failure and the next ones are done all the same.
    /// </summary>
    private async Task TryExitStepAsync(string step, Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ContainerMessages.ExitStepFailed(_context.Logger, e, Config.ShortId, step);
        }
    }
}
