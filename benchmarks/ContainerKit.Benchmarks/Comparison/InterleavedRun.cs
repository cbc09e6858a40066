using System.Diagnostics;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Comparison;

/// <summary>Runs the peers in turn, A B C A B C, so that a disturbance of the machine meets all of them.</summary>
internal sealed class InterleavedRun(PeerSet<IPeer> peers, Scenario scenario, CompareOptions options)
{
    private readonly Dictionary<IPeer, LatencySamples> _samples = [];

    /// <summary>The measured runs of the peers that did not fail.</summary>
    public IReadOnlyDictionary<IPeer, LatencySamples> Samples => _samples.Where(result => peers.Ready.Contains(result.Key)).ToDictionary();

    /// <summary>Warms up and measures.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (scenario == Scenario.Exec)
            await peers.ForEachAsync(peer => peer.StartLongRunningAsync(cancellationToken), cancellationToken);
        for (var round = -options.WarmUp; round < options.Runs; round++)
        {
            var isMeasured = round >= 0;
            await peers.ForEachAsync(
                async peer =>
                {
                    await Task.Delay(options.Pause, cancellationToken);
                    var duration = await MeasureAsync(peer, cancellationToken);
                    if (isMeasured)
                        SamplesOf(peer).Add(duration);
                    await peer.SettleAsync(cancellationToken);
                },
                cancellationToken);
        }
    }

    private async Task<TimeSpan> MeasureAsync(IPeer peer, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await (scenario == Scenario.Exec ? peer.ExecOnceAsync(cancellationToken) : peer.RunOnceAsync(cancellationToken));
        return Stopwatch.GetElapsedTime(started);
    }

    private LatencySamples SamplesOf(IPeer peer)
    {
        if (!_samples.TryGetValue(peer, out var samples))
            _samples[peer] = samples = new LatencySamples();
        return samples;
    }
}
