using static System.FormattableString;

namespace ContainerKit.Benchmarks.Registries;

/// <summary>What one registry has done in one round.</summary>
/// <param name="PushSeconds">Until everything was pushed.</param>
/// <param name="PushProcessor">The processor time of the registry for it.</param>
/// <param name="PullSeconds">Until everything was pulled.</param>
/// <param name="PullProcessor">The processor time of the registry for it.</param>
/// <param name="ManifestsPerSecond">Small manifests.</param>
/// <param name="IdleMemory">The memory at the start, in bytes.</param>
/// <param name="PeakMemory">The most memory that the process has had, in bytes.</param>
/// <param name="PeakProportional">The most at a moment, with what it shares with other processes counted in part.</param>
internal sealed record RegistryFigures(
    double PushSeconds, double PushProcessor, double PullSeconds, double PullProcessor, double ManifestsPerSecond, double IdleMemory, double PeakMemory, double PeakProportional)
{
    /// <summary>Puts the load on a registry that has nothing yet.</summary>
    public static RegistryFigures Measure(RegistryPeer peer, RegistryLoad load)
    {
        double idle = peer.ReadPeakMemory(), begun = peer.ReadProcessorSeconds();
        var push = load.Push(peer);
        double pushed = peer.ReadProcessorSeconds(), proportional = peer.ReadProportionalMemory();
        var pull = load.Pull(peer);
        var pulled = peer.ReadProcessorSeconds();
        proportional = Math.Max(proportional, peer.ReadProportionalMemory());
        var manifests = load.ReadManifests(peer);
        proportional = Math.Max(proportional, peer.ReadProportionalMemory());
        return new RegistryFigures(push.TotalSeconds, pushed - begun, pull.TotalSeconds, pulled - pushed, manifests, idle, peer.ReadPeakMemory(), proportional);
    }

    public static RegistryFigures MedianOf(IReadOnlyCollection<RegistryFigures> rounds) => new(
        Median(rounds, each => each.PushSeconds),
        Median(rounds, each => each.PushProcessor),
        Median(rounds, each => each.PullSeconds),
        Median(rounds, each => each.PullProcessor),
        Median(rounds, each => each.ManifestsPerSecond),
        Median(rounds, each => each.IdleMemory),
        Median(rounds, each => each.PeakMemory),
        Median(rounds, each => each.PeakProportional));

    public override string ToString() => Invariant(
        $"push {PushSeconds:F2} s ({PushProcessor:F2} s of processors), pull {PullSeconds:F2} s ({PullProcessor:F2} s), {ManifestsPerSecond:F0} manifests/s, memory {IdleMemory / (1 << 20):F0} MiB at first, {PeakMemory / (1 << 20):F0} MiB at most, PSS {PeakProportional / (1 << 20):F0} MiB");

    private static double Median(IEnumerable<RegistryFigures> rounds, Func<RegistryFigures, double> value)
    {
        double[] sorted = [.. rounds.Select(value).Order()];
        return sorted[sorted.Length / 2];
    }
}
