using System.Diagnostics;
using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>Measures one thing with all peers in turn, A B C A B C, and prints it.</summary>
/// <param name="name">What is measured, as in the RATIO lines.</param>
/// <param name="peers">The peers.</param>
/// <param name="options">How often.</param>
internal sealed class ImageMeasurement(string name, PeerSet<IImagePeer> peers, CompareOptions options)
{
    private readonly Dictionary<IImagePeer, LatencySamples> _samples = [];
    private long _peak;

    /// <summary>Before each run; not measured.</summary>
    public Func<IImagePeer, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>What is measured.</summary>
    public required Func<IImagePeer, Task> Run { get; init; }

    /// <summary>After each run; not measured.</summary>
    public required Func<IImagePeer, Task> CleanUp { get; init; }

    /// <summary>Measures, and prints the table.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var round = -options.WarmUp; round < options.Runs; round++)
        {
            var isMeasured = round >= 0;
            await peers.ForEachAsync(
                async peer =>
                {
                    await Prepare(peer);
                    // What others have written is not to be waited for by whoever flushes the file system.
                    await new ExternalCommand("/bin/sync").CaptureSuccessAsync(cancellationToken);
                    await Task.Delay(options.Pause, cancellationToken);
                    GC.Collect();
                    PeakMemory.Reset();
                    var started = Stopwatch.GetTimestamp();
                    await Run(peer);
                    var duration = Stopwatch.GetElapsedTime(started);
                    if (isMeasured)
                        (_samples.TryGetValue(peer, out var known) ? known : _samples[peer] = new LatencySamples()).Add(duration);
                    if (peer.IsOurs)
                        _peak = Math.Max(_peak, PeakMemory.Read());
                    await CleanUp(peer);
                },
                cancellationToken);
        }
        Print();
    }

    private void Print()
    {
        Console.WriteLine();
        Console.WriteLine($"{name,-14} {"median ms",10} {"fastest",10} {"runs",6}");
        var complete = _samples.Where(result => peers.Ready.Contains(result.Key)).ToList();
        foreach (var (peer, samples) in complete.OrderBy(result => result.Value.Median))
            Console.WriteLine(Invariant($"{peer.Name,-14} {samples.Median.TotalMilliseconds,10:F0} {samples.Fastest.TotalMilliseconds,10:F0} {samples.Count,6}"));
        if (complete.FirstOrDefault(result => result.Key.IsOurs).Value is not { } ours)
            return;
        Console.WriteLine(Invariant($"most memory of this process during {name}: {_peak / 1024.0 / 1024:F0} MiB"));
        foreach (var (peer, samples) in complete.Where(result => !result.Key.IsOurs))
            Console.WriteLine(Invariant($"RATIO {name}-vs-{peer.Name} {samples.Median / ours.Median:F1}"));
    }
}
