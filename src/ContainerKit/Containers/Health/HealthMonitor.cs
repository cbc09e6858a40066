using ContainerKit.Runtime;

namespace ContainerKit.Containers.Health;

/// <summary>Runs the health check of one run of a container again and again.</summary>
internal sealed class HealthMonitor : IAsyncDisposable
{
    internal const int LogLength = 5;

    private readonly ResolvedHealthProbe _probe;
    private readonly HealthProbeRunner _runner;
    private readonly TimeProvider _time;
    private readonly Func<HealthInfo, CancellationToken, Task> _changed;
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _startedAt;
    private readonly Task _loop;
    private volatile HealthInfo _info = new() { Status = HealthStatus.Starting };

    /// <param name="probe">The check.</param>
    /// <param name="start">Starts the check's command in the container.</param>
    /// <param name="startedAt">When the container was started.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Is told every new verdict.</param>
    internal HealthMonitor(
        ResolvedHealthProbe probe, Func<CancellationToken, Task<IContainerProcess>> start, DateTimeOffset startedAt, TimeProvider time,
        Func<HealthInfo, CancellationToken, Task> changed)
    {
        _probe = probe;
        _runner = new HealthProbeRunner(start, probe.Timeout, time);
        _startedAt = startedAt;
        _time = time;
        _changed = changed;
        _loop = RunAsync();
    }

    /// <summary>What is known now.</summary>
    internal HealthInfo Info => _info;

    /// <summary>True: no checks now, because the container is paused.</summary>
    internal bool IsSuspended { get; set => Volatile.Write(ref field, value); }

    /// <summary>Ends the checks; one that runs is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        CancellationToken token = _stop.Token;
        try
        {
            while (true)
            {
                await Task.Delay(_probe.NextInterval(_info.Status, SinceStart()), _time, token).ConfigureAwait(false);
                if (IsSuspended)
                    continue;
                TimeSpan begun = SinceStart();
                HealthProbeResult result = await _runner.RunAsync(token).ConfigureAwait(false);
                HealthStatus before = _info.Status;
                _info = _probe.Judge(_info, result, begun);
                if (_info.Status != before)
                    await _changed(_info, token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The container has ended.
        }
    }

    private TimeSpan SinceStart() => _time.GetUtcNow() - _startedAt;
}
