using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Density;

/// <summary>The cost of one peer's host processes without and with its containers.</summary>
internal sealed record DensityResult(IDensityPeer Peer, int Containers, HostCost Before, HostCost After)
{
    /// <summary>Private memory of the host processes that one container adds, in KiB. Not below the resolution of the
    /// measurement, one page for all containers together, so that a ratio exists.</summary>
    public double KibPerContainer => Math.Max(After.PrivateKib - Before.PrivateKib, Environment.SystemPageSize / 1024) / (double)Containers;
}
