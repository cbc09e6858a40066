using ContainerKit.Containers.Health;
using ContainerKit.Linux.Io;
using ContainerKit.Networks;
using ContainerKit.Runtime;
using ContainerKit.Volumes;

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

    /// <summary>Removes the container; a running one only with <paramref name="force"/>.</summary>
    /// <param name="force">True: it is killed first.</param>
    /// <param name="cancellationToken">Ends the wait for its end.</param>
    /// <param name="keepsVolumes">True: its anonymous volumes stay, unless it is one that removes itself.</param>
    /// <param name="deleteLater">True: it is gone on return, and its files are deleted a little later.</param>
    internal async Task RemoveAsync(bool force, CancellationToken cancellationToken, bool deleteLater = false, bool keepsVolumes = false)
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
                if (!force && _state is ContainerState.Running or ContainerState.Restarting)
                    throw WrongState("remove", _state, "stop it first or remove it by force");
                if (run is null)
                {
                    CallOffRestart(byCaller: true);
                    await RemoveOwnedAsync(deleteLater, keepsVolumes: keepsVolumes).ConfigureAwait(false);
                    return;
                }

                run.IsStopRequested = true;
                SignalOwned(run, SignalName.Kill, wake: true);
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

    private async Task StartOwnedAsync(CancellationToken cancellationToken, int restartCount = 0)
    {
        _context.Prepared.Postpone();
        ContainerState before = _state;
        if (before is not (ContainerState.Created or ContainerState.Exited))
            throw WrongState("start", before, "it must be created or exited");
        cancellationToken.ThrowIfCancellationRequested();
        bool isProbed = ResolvedHealthProbe.Create(Config) is not null;
        PreparedSlot? prepared = Interlocked.Exchange(ref _prepared, null);
        ContainerNetwork? network = prepared?.Network;
        JsonFileLog? log = null;
        IContainerProcess? process = null;
        VolumeLease? volumes = null;
        RuntimeSpec spec;
        try
        {
            volumes = await AcquireVolumesAsync(cancellationToken).ConfigureAwait(false);
            if (prepared is null)
                network = await ContainerNetworking.ReserveAsync(_context, Config, cancellationToken).ConfigureAwait(false);
            spec = WithVolumes(
                prepared?.Spec ?? RuntimeSpecFactory.Create(
                    Config, _context.Paths.DataRoot, Directory, await NamespaceTargets.FindAsync(_context, Config.Spec).ConfigureAwait(false), StateOf(network)),
                volumes);
            spec = WithNetwork(spec, network);
            log = Config.Spec.Log.Driver == LogDriver.None || Config.IsDetached ? null : new JsonFileLog(LogPath, Time, Config.Spec.Log);
            if (prepared is not null && network is not null)
            {
                network.Assign(ContainerNetworking.Describe(Config));
                await ServePreparedAsync(network, prepared.Container.Pid, cancellationToken).ConfigureAwait(false);
            }

            await _unmounting.ConfigureAwait(false);
            if (Config.IsEphemeral && before is ContainerState.Exited)
                await RenewWorkDirectoryAsync().ConfigureAwait(false);

            // That of the last run is not taken for this one's.
            if (Config.IsDetached)
                File.Delete(ContainerPaths.Supervision(Directory));

            // So that recovery knows that there may be a cgroup although no process is recorded yet.
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, before, ephemeral: false, starting: true);
            process = await _context.Runtime.StartAsync(spec, Interlocked.Exchange(ref prepared, null)?.Container, cancellationToken).ConfigureAwait(false);
            var running = new ContainerState.Running(process.Identity, Time.GetUtcNow())
            {
                RestartCount = restartCount,
                Network = StateOf(network),
                Health = isProbed ? HealthStatus.Starting : null,
            };
            RecordRunning(running);
            SetState(running);
        }
        catch (Exception e)
        {
            if (prepared is not null)
                await prepared.Container.DisposeAsync().ConfigureAwait(false);
            log?.Dispose();
            if (process is not null)
                await AbandonAsync(process).ConfigureAwait(false);
            if (network is not null)
                await network.DisposeAsync().ConfigureAwait(false);
            if (volumes is not null)
                await TryExitStepAsync("releasing the volumes", () => volumes.DisposeAsync().AsTask()).ConfigureAwait(false);
            await RecordFailedStartAsync(before, e).ConfigureAwait(false);
            throw;
        }

        if (Config.HandleOwned)
            _context.Prepared.Refill();
        Watch(process, spec, log, isAdopted: false, network, volumes);
        ContainerMessages.Started(_context.Logger, Config.ShortId, process.Identity.Pid);
    }

    private ContainerRun Watch(IContainerProcess process, RuntimeSpec spec, JsonFileLog? log, bool isAdopted, ContainerNetwork? network, VolumeLease? volumes)
    {
        var run = new ContainerRun(_context, process, spec, _hub, log, isAdopted) { Network = network, Volumes = volumes };
        lock (_sync)
            _run = run;
        if (!isAdopted)
        {
            PublishNetworks(EventAction.Connect, network?.Endpoints ?? []);
            Publish(EventAction.Start);
        }

        if (ResolvedHealthProbe.Create(Config) is ResolvedHealthProbe probe)
            run.Health = StartHealthMonitor(run, probe);
        WatchMemory(run);
        run.Completion = MonitorAsync(run);
        return run;
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
                ? exited with { ExitStatus = status, FinishedAt = Time.GetUtcNow(), Error = failure.Message, OutOfMemory = false }
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
            await RemoveOwnedAsync(deleteLater: true).ConfigureAwait(false);
    }

    private async Task MonitorAsync(ContainerRun run)
    {
        if (await run.EndAsync().ConfigureAwait(false) is not ExitStatus status)
            return;
        _context.Prepared.Postpone();
        if (run.Health is HealthMonitor health)
            await TryExitStepAsync("ending the health check", () => health.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (run.Memory is { } memory)
            await TryExitStepAsync("ending the watch of memory", () => memory.DisposeAsync().AsTask()).ConfigureAwait(false);
        bool outOfMemory = run.Memory?.HasReported == true || IsOutOfMemory(run, status);
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

    /// <summary>Removes the container; the caller holds gate and lock. Can be repeated after a failure.</summary>
    private async Task RemoveOwnedAsync(bool deleteLater, bool exitFollows = false, bool keepsVolumes = false)
    {
        SetState(new ContainerState.Removing());
        _context.Prepared.Postpone();
        if (Interlocked.Exchange(ref _prepared, null) is { } unused)
            await unused.DisposeAsync().ConfigureAwait(false);
        if (_hiddenDirectory is null)
        {
            // From here recovery finishes the removal; an ephemeral container it removes anyway.
            if (!Config.IsEphemeral)
                ContainerFiles.WriteState(Directory, _state, ephemeral: false);
            _context.Names.Release(Config.Name, Config.Id);
            if (keepsVolumes && !Config.IsEphemeral)
                ContainerVolumes.Keep(Directory);
            _hiddenDirectory = ContainerRemoval.Hide(_context.Paths, Config.Id);
        }

        if (!deleteLater)
        {
            await _unmounting.ConfigureAwait(false);
            await ContainerRemoval.DeleteAsync(_context, _hiddenDirectory).ConfigureAwait(false);
        }

        FileLock? ownerLock;
        lock (_sync)
        {
            _removed = true;
            _exitFollows = exitFollows;
            (ownerLock, _lock) = (_lock, null);
        }

        if (deleteLater)
            await _context.Removals.EnqueueAsync(_hiddenDirectory, ownerLock).ConfigureAwait(false);
        else
            ownerLock?.Dispose();

        _context.Instances.TryRemove(Config.Id, out _);
        Publish(EventAction.Destroy);
        await _hub.CompleteAsync().ConfigureAwait(false);
        if (!exitFollows)
        {
            FailWaiters(NotFound());
            _gone.TrySetResult(_lastExit ?? default);
        }

        ContainerMessages.Removed(_context.Logger, Config.ShortId);
        if (!deleteLater)
            await TryExitStepAsync("free layers", () => _context.Images.ReleaseAsync(CancellationToken.None).AsTask()).ConfigureAwait(false);
    }
}
