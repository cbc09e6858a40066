using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Comparison;

/// <summary>Prints what was measured.</summary>
internal static class LatencyTable
{
    /// <summary>A row for each peer, the fastest first.</summary>
    public static void Print(Scenario scenario, IReadOnlyDictionary<IPeer, LatencySamples> results)
    {
        Console.WriteLine();
        Console.WriteLine($"{NameOf(scenario),-14} {"median ms",10} {"p99 ms",10} {"fastest",10} {"runs",6}");
        foreach (var (peer, samples) in results.OrderBy(result => result.Value.Median))
        {
            Console.WriteLine(
                $"{peer.Name,-14} {samples.Median.TotalMilliseconds,10:F2} {samples.P99.TotalMilliseconds,10:F2} "
                + $"{samples.Fastest.TotalMilliseconds,10:F2} {samples.Count,6}");
        }
    }

    /// <summary>A RATIO line for each other peer: its median by ours. Nothing when ours did not take part.</summary>
    public static void PrintRatios(Scenario scenario, IReadOnlyDictionary<IPeer, LatencySamples> results)
    {
        if (results.FirstOrDefault(result => result.Key.IsOurs).Value is not { } ours)
            return;
        Console.WriteLine();
        foreach (var (peer, samples) in results.Where(result => !result.Key.IsOurs))
            Console.WriteLine($"RATIO {NameOf(scenario)}-vs-{peer.Name} {samples.Median / ours.Median:F1}");
    }

    private static string NameOf(Scenario scenario) => scenario == Scenario.StartBridge ? "start-bridge" : scenario.ToString().ToLowerInvariant();
}
