using ContainerKit.Containers.Health;
using ContainerKit.Containers.Preparation;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Diagnostics;
using ContainerKit.Networks.Control;
using ContainerKit.Runtime;
using ContainerKit.Volumes;

namespace ContainerKit.Containers.Instances;

/// <content>From what was asked for to a process that is watched. The caller holds the gate.</content>
internal sealed partial class ContainerInstance
{
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
        MeasuredOperation operation = MeasuredOperation.Begin("containerkit.container.start", Instruments.StartDuration);
        operation.Describe(Config.Id, Config.Name, Config.Spec.Image);
        operation.Activity?.SetTag(TagNames.IsPrepared, prepared is not null);
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
                FinishedAt = (before as ContainerState.Exited)?.FinishedAt,
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
            operation.Fail(e);
            throw;
        }

        // Before the run is watched: what happens to it later is not part of its start.
        operation.Activity?.SetTag(TagNames.ProcessId, process.Identity.Pid);
        operation.End();
        Instruments.Started.Add(1);
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
        Instruments.BeginRun();
        if (!isAdopted)
        {
            PublishNetworks(EventAction.Connect, network?.Endpoints ?? []);
            PublishVolumes(EventAction.Mount, volumes);
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
}
