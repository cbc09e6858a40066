using ContainerKit.Benchmarks.Comparison;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>All engines of the comparison, in the order of the tables.</summary>
internal static class PeerCatalog
{
    /// <summary>New, unprepared peers.</summary>
    /// <param name="names">The wanted ones besides ours, which always takes part; empty means all.</param>
    /// <exception cref="FormatException">A name is unknown.</exception>
    public static IReadOnlyList<IPeer> Create(IReadOnlyList<string> names)
        => PeerSet<IPeer>.Choose([new ContainerKitPeer(), new OciRuntimePeer("crun"), new OciRuntimePeer("runc"), new PodmanPeer(), new DockerPeer()], names);
}
