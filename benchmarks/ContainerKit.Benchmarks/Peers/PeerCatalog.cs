namespace ContainerKit.Benchmarks.Peers;

/// <summary>All engines of the comparison, in the order of the tables.</summary>
internal static class PeerCatalog
{
    /// <summary>New, unprepared peers.</summary>
    /// <param name="names">The wanted ones besides ours, which always takes part; empty means all.</param>
    /// <exception cref="FormatException">A name is unknown.</exception>
    public static IReadOnlyList<IPeer> Create(IReadOnlyList<string> names)
    {
        IReadOnlyList<IPeer> all = [new ContainerKitPeer(), new OciRuntimePeer("crun"), new OciRuntimePeer("runc"), new PodmanPeer(), new DockerPeer()];
        var unknown = names.FirstOrDefault(name => all.All(peer => peer.Name != name));
        return unknown is null
            ? [.. all.Where(peer => names.Count == 0 || peer.IsOurs || names.Contains(peer.Name))]
            : throw new FormatException($"unknown peer {unknown}; there are {string.Join(", ", all.Select(peer => peer.Name))}");
    }
}
