using ContainerKit.Containers.Health;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.Instances;

/// <content>The health check.</content>
internal sealed partial class ContainerInstance
{
    private HealthInfo? GetHealth(ContainerState state)
    {
        HealthMonitor? monitor = _run?.Health;
        if (monitor is not null)
            return _lastHealth = monitor.Info;
        return state switch
        {
            ContainerState.Running { Health: HealthStatus status } => new HealthInfo { Status = status },
            ContainerState.Running or ContainerState.Created => null,

            // Docker says so of what does not run.
            _ when ResolvedHealthProbe.Create(Config) is not null => (_lastHealth ?? new HealthInfo { Status = HealthStatus.Unhealthy }) with { Status = HealthStatus.Unhealthy },
            _ => null,
        };
    }

    private HealthMonitor StartHealthMonitor(ContainerRun run, ResolvedHealthProbe probe)
    {
        var spec = new ExecSpec { Command = probe.Command };
        return new HealthMonitor(
            probe,
            async token => (await ExecAsync(run, spec, token).ConfigureAwait(false)).Process,
            Time.GetUtcNow(),
            Time,
            (info, token) => RecordHealthAsync(run, info, token));
    }

    private async Task RecordHealthAsync(ContainerRun run, HealthInfo info, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_run != run || _state is not ContainerState.Running running)
                return;
            _lastHealth = info;
            SetState(running with { Health = info.Status });
            Publish(EventAction.HealthStatus, info.Status.ToString().ToLowerInvariant());
            ContainerFiles.WriteState(Directory, _state, Config.IsEphemeral);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ContainerMessages.HealthFailed(_context.Logger, e, Config.ShortId);
        }
        finally
        {
            _gate.Release();
        }
    }
}
