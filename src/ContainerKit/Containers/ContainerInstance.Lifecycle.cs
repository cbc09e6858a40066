using ContainerKit.Runtime;

namespace ContainerKit.Containers;

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
    internal async Task StopAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (await GetRunOrNullAsync("stop", cancellationToken).ConfigureAwait(false) is not ContainerRun run)
            return;
        int signal = RuntimeSpecFactory.ResolveStopSignal(Config.Spec, Config.Image);
        if (timeout != TimeSpan.Zero && run.Process.Signal(signal))
        {
            try
            {
                await run.Completion.WaitAsync(timeout, Time, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                // It had its time.
            }
        }

        run.Process.Signal(SignalName.Kill);
        await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops quickly: asks only a command that listens.</summary>
    internal async Task StopForDisposalAsync(TimeSpan grace)
    {
        if (_removed || await GetRunOrNullAsync("stop", CancellationToken.None).ConfigureAwait(false) is not ContainerRun run)
            return;
        int signal = RuntimeSpecFactory.ResolveStopSignal(Config.Spec, Config.Image);
        TimeSpan timeout = SignalDisposition.IsHandled(run.Process.Identity.Pid, signal) ? grace : TimeSpan.Zero;
        await StopAsync(timeout, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Sends a signal; with SIGKILL the container has ended on return.</summary>
    internal async Task KillAsync(int signal, CancellationToken cancellationToken)
    {
        ContainerRun run = await GetRunOrNullAsync("kill", cancellationToken).ConfigureAwait(false)
            ?? throw WrongState("kill", GetState(), "it must be running");
        bool delivered = run.Process.Signal(signal);
        if (signal == SignalName.Kill || !delivered)
            await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the container from disk; a running one only with <paramref name="force"/>.</summary>
    internal async Task RemoveAsync(bool force, CancellationToken cancellationToken)
    {
        while (true)
        {
            ContainerRun? run;
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_removed && force)
                    return;
                await AcquireAsync("remove").ConfigureAwait(false);
                run = _run;
                if (run is null)
                {
                    await RemoveOwnedAsync().ConfigureAwait(false);
                    return;
                }

                if (!force)
                    throw WrongState("remove", _state, "stop it first or remove it by force");
                run.Process.Signal(SignalName.Kill);
            }
            finally
            {
                ReleaseWhenIdle();
                _gate.Release();
            }

            await run.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What the end of the engine does to the container: it ends too, and goes when it is ephemeral.</summary>
    internal async Task CloseAsync()
    {
        if (_run is ContainerRun run)
        {
            run.Process.Signal(SignalName.Kill);
            await run.Completion.ConfigureAwait(false);
        }

        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Config.IsEphemeral && !_removed && _lock is not null)
                await RemoveOwnedAsync().ConfigureAwait(false);
            ReleaseWhenIdle();
            await _hub.CompleteAsync().ConfigureAwait(false);
            FailWaiters(OperationGate.CreateClosedException());
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<ContainerRun?> GetRunOrNullAsync(string operation, CancellationToken cancellationToken)
    {
        // Through the gate, so that a start that is under way counts.
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_run is null && GetState() is ContainerState.Running && _lock is null)
                throw OwnedByOther(operation);
            return _run;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task StartOwnedAsync(CancellationToken cancellationToken)
    {
        ContainerState before = _state;
        if (before is not (ContainerState.Created or ContainerState.Exited))
            throw WrongState("start", before, "it must be created or exited");
        cancellationToken.ThrowIfCancellationRequested();
        RuntimeSpec spec = RuntimeSpecFactory.Create(
            Config, _context.Paths.DataRoot, Directory, await NamespaceTargets.FindAsync(_context, Config.Spec).ConfigureAwait(false));
        var log = new JsonFileLog(LogPath, Time);
        IContainerProcess? process = null;
        try
        {
            // So that recovery knows that there may be a cgroup although no process is recorded yet.
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, before, ephemeral: false, starting: true);
            process = await _context.Runtime.StartAsync(spec, cancellationToken).ConfigureAwait(false);
            var running = new ContainerState.Running(process.Identity, Time.GetUtcNow());
            RecordRunning(running);
            SetState(running);
        }
        catch (Exception e)
        {
            log.Dispose();
            if (process is not null)
                await AbandonAsync(process).ConfigureAwait(false);
            await RecordFailedStartAsync(before, e).ConfigureAwait(false);
            throw;
        }

        var run = new ContainerRun(_context, process, spec, _hub, log);
        lock (_sync)
            _run = run;
        run.Completion = MonitorAsync(run);
        ContainerMessages.Started(_context.Logger, Config.ShortId, process.Identity.Pid);
    }

    private void RecordRunning(ContainerState.Running running)
    {
        if (_hasConfigFile)
            ContainerFiles.WriteState(Directory, running, Config.IsEphemeral);
        else
            ContainerFiles.WriteConfig(Directory, Config with { InitialState = ContainerStateRecord.From(running, Config.IsEphemeral) });
        _hasConfigFile = true;
    }

    private async Task AbandonAsync(IContainerProcess process)
    {
        process.Signal(SignalName.Kill);
        await process.Exited.ConfigureAwait(false);
        await _context.Runtime.CleanUpAsync(Config.Id, process.Identity, CancellationToken.None).ConfigureAwait(false);
        await process.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RecordFailedStartAsync(ContainerState before, Exception reason)
    {
        // As Docker does: the exit code tells why, and what was to vanish at its end vanishes now.
        if (reason is ContainerStartException failure)
        {
            var status = new ExitStatus(failure.ExitCode);
            ContainerState failed = before is ContainerState.Exited exited
                ? exited with { ExitStatus = status, FinishedAt = Time.GetUtcNow(), Error = failure.Message }
                : new ContainerState.Created(failure.ExitCode, failure.Message);
            SetState(failed);
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, failed, ephemeral: false);
            CompleteExit(status);
        }
        else
        {
            SetState(before);
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, before, ephemeral: false);
        }

        if (Config.Spec.AutoRemove)
            await RemoveOwnedAsync().ConfigureAwait(false);
    }

    private async Task MonitorAsync(ContainerRun run)
    {
        ExitStatus status = await run.Process.Exited.ConfigureAwait(false);
        await run.DrainAsync().ConfigureAwait(false);
        await TryExitStepAsync("clean-up", () => _context.Runtime.CleanUpAsync(Config.Id, run.Process.Identity, CancellationToken.None)).ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await TryExitStepAsync("recording the exit status", () => RecordExitAsync(run, status)).ConfigureAwait(false);
            await TryExitStepAsync("releasing the process", () => run.DisposeAsync().AsTask()).ConfigureAwait(false);
            if (Config.Spec.AutoRemove)
                await TryExitStepAsync("removal", () => RemoveOwnedAsync(exitFollows: true)).ConfigureAwait(false);
            ReleaseWhenIdle();
        }
        finally
        {
            _gate.Release();
        }

        ContainerMessages.Exited(_context.Logger, Config.ShortId, status.ExitCode);
        CompleteExit(status);
    }

    private Task RecordExitAsync(ContainerRun run, ExitStatus status)
    {
        var exited = new ContainerState.Exited(status, (_state as ContainerState.Running)?.StartedAt, Time.GetUtcNow());
        lock (_sync)
        {
            _state = exited;
            _run = null;
            _hub = new OutputHub();
        }

        // What is removed in the next moment needs no record.
        if (!Config.Spec.AutoRemove)
            ContainerFiles.WriteState(Directory, exited, Config.IsEphemeral);
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

    /// <summary>Removes the container; the caller holds gate and lock. Can be repeated after a failure.</summary>
    private async Task RemoveOwnedAsync(bool exitFollows = false)
    {
        SetState(new ContainerState.Removing());
        if (_hiddenDirectory is null)
        {
            // From here recovery finishes the removal; an ephemeral container it removes anyway.
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, _state, ephemeral: false);
            _context.Names.Release(Config.Name, Config.Id);
            _hiddenDirectory = ContainerRemoval.Hide(_context.Paths, Config.Id);
        }

        await ContainerRemoval.DeleteAsync(_context, _hiddenDirectory).ConfigureAwait(false);
        lock (_sync)
        {
            _removed = true;
            _lock?.Dispose();
            _lock = null;
        }

        _context.Instances.TryRemove(Config.Id, out _);
        await _hub.CompleteAsync().ConfigureAwait(false);
        if (!exitFollows)
            FailWaiters(NotFound());
        ContainerMessages.Removed(_context.Logger, Config.ShortId);
    }
}
