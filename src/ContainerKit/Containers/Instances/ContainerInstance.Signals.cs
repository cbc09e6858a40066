using System.Globalization;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Statistics;
using ContainerKit.Containers.Translation;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Instances;

/// <content>Signals, pausing, and the kernel's killing for want of memory.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Stops all processes of the container.</summary>
    internal Task PauseAsync(CancellationToken cancellationToken) => ChangeRunningAsync(
        "pause",
        async (run, running, token) =>
        {
            if (running.IsPaused)
                throw WrongState("pause", running, "unpause it first");
            using IContainerResources resources = _context.Runtime.OpenResources(Config.Id, run.Process.Identity);
            await resources.FreezeAsync(token).ConfigureAwait(false);
            RecordPaused(running, paused: true);
        },
        cancellationToken);

    /// <summary>Lets a paused container continue.</summary>
    internal Task UnpauseAsync(CancellationToken cancellationToken) => ChangeRunningAsync(
        "unpause",
        (run, running, _) =>
        {
            if (!running.IsPaused)
                throw WrongState("unpause", running, "it must be paused");
            Thaw(run, running);
            return Task.CompletedTask;
        },
        cancellationToken);

    /// <summary>Does something with a container that this process runs, while nothing else changes it.</summary>
    private async Task ChangeRunningAsync(string operation, Func<ContainerRun, ContainerState.Running, CancellationToken, Task> change, CancellationToken cancellationToken)
    {
        using OperationGate.Operation entered = _context.Operations.Enter(cancellationToken);
        try
        {
            await _gate.WaitAsync(entered.Token).ConfigureAwait(false);
            try
            {
                await AdoptAbandonedAsync().ConfigureAwait(false);
                ContainerState state = GetState();
                if (_lock is null && state is ContainerState.Running or ContainerState.Restarting)
                    throw OwnedByOther(operation);
                if (_run is not ContainerRun run || state is not ContainerState.Running running)
                    throw WrongState(operation, state, "it must be running");
                await change(run, running, entered.Token).ConfigureAwait(false);
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (OperationCanceledException) when (entered.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    /// <summary>
    /// Sends the signal that is to end the container; from now on its restart policy does not count. Instead of that a restart that is waited for
    /// is called off.
    /// </summary>
    private async Task<(ContainerRun? Run, bool CalledOff)> BeginEndAsync(string operation, int signal, bool keep, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await AdoptAbandonedAsync().ConfigureAwait(false);
            if (_run is ContainerRun run)
            {
                run.IsStopRequested = true;
                run.IsKept = keep;
                SignalOwned(run, signal, wake: true);
                return (run, false);
            }

            if (_lock is null && GetState() is ContainerState.Running or ContainerState.Restarting)
                throw OwnedByOther(operation);
            return (null, CallOffRestart(byCaller: true));
        }
        finally
        {
            ReleaseWhenIdle();
            _gate.Release();
        }
    }

    private async Task SignalAsync(ContainerRun run, int signal, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SignalOwned(run, signal, wake: signal == SignalName.Kill);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends a signal. The caller holds the gate.</summary>
    /// <param name="run">The run it is meant for.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="wake">True: a paused container continues, since a frozen process deals with no signal, on cgroup v1 not even with SIGKILL.</param>
    private void SignalOwned(ContainerRun run, int signal, bool wake)
    {
        if (!run.Process.Signal(signal))
            return;
        Publish(EventAction.Kill, null, ("signal", signal.ToString(CultureInfo.InvariantCulture)));
        if (wake && _run == run && _state is ContainerState.Running { IsPaused: true } paused)
            Thaw(run, paused);
    }

    private void Thaw(ContainerRun run, ContainerState.Running paused)
    {
        using (IContainerResources resources = _context.Runtime.OpenResources(Config.Id, run.Process.Identity))
            resources.Thaw();
        RecordPaused(paused, paused: false);
    }

    private void RecordPaused(ContainerState.Running running, bool paused)
    {
        ContainerState.Running changed = running with { IsPaused = paused };
        SetState(changed);
        if (_run?.Health is { } health)
            health.IsSuspended = paused;
        Publish(paused ? EventAction.Pause : EventAction.Unpause);
        ContainerFiles.WriteState(Directory, changed, Config.IsEphemeral);
    }

    /// <summary>Before the cgroup goes. Looked at only where it can be: every file that is read costs at each exit.</summary>
    private bool IsOutOfMemory(ContainerRun run, ExitStatus status)
    {
        if (run.Process.OutOfMemoryKills > 0)
            return true;
        if (status.Signal != SignalName.Kill && run.Spec.MemoryLimit is null && Config.Spec.MemoryLimit is null)
            return false;
        try
        {
            using IContainerResources resources = _context.Runtime.OpenResources(Config.Id, run.Process.Identity);
            return resources.ReadOutOfMemoryKills() > 0;
        }
        catch (IOException e)
        {
            ContainerMessages.ExitStepFailed(_context.Logger, e, Config.ShortId, "looking for a lack of memory");
            return false;
        }
    }

    /// <summary>Listens from now on, if there is a limit; without one the kernel kills in this container only when the whole machine is short.</summary>
    private void WatchMemory(ContainerRun run)
    {
        if (Config.Spec.MemoryLimit is null || run.Memory is not null)
            return;
        run.Memory = new OutOfMemoryMonitor(
            () => _context.Runtime.OpenResources(Config.Id, run.Process.Identity),
            () => Publish(EventAction.OutOfMemory),
            e => ContainerMessages.MemoryWatchFailed(_context.Logger, e, Config.ShortId));
    }
}
