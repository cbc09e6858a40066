using System.Collections.Immutable;
using System.Net;

namespace ContainerKit.Networks.Control;

/// <summary>A container, as its networks need it.</summary>
internal sealed record NetworkMember
{
    public required string Id { get; init; }

    /// <summary>The name by which the others find it; empty as long as it has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>True: it may outlive the engine.</summary>
    public bool IsDetached { get; init; }

    /// <summary>Where it is to be.</summary>
    public ImmutableArray<NetworkAttachment> Attachments { get; init; } = [];

    /// <summary>Ports that are to be reachable.</summary>
    public ImmutableArray<PortMapping> Ports { get; init; } = [];

    /// <summary>Servers that are asked for other names than those of containers; empty: the host's.</summary>
    public ImmutableArray<IPAddress> DnsServers { get; init; } = [];

    internal string Display => Name.Length == 0 ? $"container {Id[..12]}" : $"container {Name} ({Id[..12]})";
}
