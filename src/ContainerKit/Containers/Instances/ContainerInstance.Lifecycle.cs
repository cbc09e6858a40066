using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.Instances;

/// <content>Transitions. Each holds the gate, so they never overlap; waiting for an exit happens outside of it.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>Starts the container's process.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Operation operation = _context.Operations.Enter(cancellationToken);
        try
        {
            await _gate.WaitAsync(operation.Token).ConfigureAwait(false);
            try
            {
                await AcquireAsync("start").ConfigureAwait(false);
                _backOff.Reset();
                await StartOwnedAsync(operation.Token).ConfigureAwait(false);
            }
            finally
            {
                ReleaseWhenIdle();
                _gate.Release();
            }
        }
        catch (OperationCanceledException) when (operation.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    /// <summary>Asks the container to end, and kills it when it does not. Does nothing when it does not run.</summary>
    /// <param name="timeout">How long to wait before killing.</param>
    /// <param name="keep">True: it is started again next, so it does not remove itself.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="stopSignal">What asks it to end; null: its own stop signal.</param>
    internal async Task StopAsync(TimeSpan timeout, bool keep, CancellationToken cancellationToken, int? stopSignal = null)
    {
        int signal = timeout == TimeSpan.Zero ? SignalName.Kill : stopSignal ?? RuntimeSpecFactory.ResolveStopSignal(Config.Spec, Config.Image);
        (ContainerRun? run, bool calledOff) = await BeginEndAsync("stop", signal, keep, cancellationToken).ConfigureAwait(false);
        if (run is not null)
        {
            try
            {
                await run.Completion.WaitAsync(timeout == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout, Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // It had its time.
                await SignalAsync(run, SignalName.Kill, cancellationToken).ConfigureAwait(false);
                await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        if (run is not null || calledOff)
            Publish(EventAction.Stop);
    }

    /// <summary>Stops quickly: asks only a command that listens.</summary>
    internal async Task StopForDisposalAsync(TimeSpan grace)
    {
        if (_removed || await GetRunOrNullAsync("stop", CancellationToken.None).ConfigureAwait(false) is not ContainerRun run)
            return;
        int signal = RuntimeSpecFactory.ResolveStopSignal(Config.Spec, Config.Image);
        TimeSpan timeout = SignalDisposition.IsHandled(run.Process.Identity.Pid, signal) ? grace : TimeSpan.Zero;
        await StopAsync(timeout, keep: false, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Sends a signal; with SIGKILL the container has ended on return.</summary>
    internal async Task KillAsync(int signal, CancellationToken cancellationToken)
    {
        ContainerRun? run;
        bool calledOff = false;
        if (signal == SignalName.Kill || signal == RuntimeSpecFactory.ResolveStopSignal(Config.Spec, Config.Image))
            (run, calledOff) = await BeginEndAsync("kill", signal, keep: false, cancellationToken).ConfigureAwait(false);
        else if ((run = await GetRunOrNullAsync("kill", cancellationToken).ConfigureAwait(false)) is not null)
            await SignalAsync(run, signal, cancellationToken).ConfigureAwait(false);
        if (run is null && !calledOff)
            throw WrongState("kill", GetState(), "it must be running");
        if (run is not null && (signal == SignalName.Kill || run.Process.Exited.IsCompleted))
            await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the end of the engine does to the container: it ends too, and goes when it is ephemeral.</summary>
    /// <param name="grace">How long it may take to end on its stop signal; zero: it is killed at once.</param>
    internal async Task CloseAsync(TimeSpan grace = default)
    {
        if (Config.IsDetached)
        {
            await ReleaseDetachedAsync().ConfigureAwait(false);
            return;
        }

        if (grace > TimeSpan.Zero)
            await EndGentlyAsync(grace < Config.Spec.StopTimeout ? grace : Config.Spec.StopTimeout).ConfigureAwait(false);
        ContainerRun? run;
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            run = _run;
            if (run is not null)
                SignalOwned(run, SignalName.Kill, wake: true);
            CallOffRestart(byCaller: false);
        }
        finally
        {
            _gate.Release();
        }

        if (run is not null)
            await run.Completion.ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Config.IsEphemeral && !_removed && _lock is not null)
                await RemoveOwnedAsync(deleteLater: true).ConfigureAwait(false);
            ReleaseWhenIdle();
            await _hub.CompleteAsync().ConfigureAwait(false);
            FailWaiters(OperationGate.CreateClosedException());
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends the stop signal and waits; nobody has asked for a stop, so that the restart policy counts when the data root is opened again.</summary>
    private async Task EndGentlyAsync(TimeSpan grace)
    {
        ContainerRun? run;
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            run = _run;
            if (run is not null)
                SignalOwned(run, RuntimeSpecFactory.ResolveStopSignal(Config.Spec, Config.Image), wake: true);
        }
        finally
        {
            _gate.Release();
        }

        // Whether it has ended or not: what follows kills it.
        if (run is not null)
            await ((Task)run.Completion).WaitAsync(grace, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ContainerRun?> GetRunOrNullAsync(string operation, CancellationToken cancellationToken)
    {
        // Through the gate, so that a start that is under way counts.
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await AdoptAbandonedAsync().ConfigureAwait(false);
            if (_run is null && _lock is null && GetState() is ContainerState.Running or ContainerState.Restarting)
                throw OwnedByOther(operation);
            return _run;
        }
        finally
        {
            _gate.Release();
        }
    }
}
