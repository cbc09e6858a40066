using System.Net;

namespace ContainerKit;

/// <summary>A container's interface in a network, as long as it runs.</summary>
public sealed record NetworkEndpointInfo
{
    /// <summary>64 hexadecimal digits, other ones at each start.</summary>
    public required string EndpointId { get; init; }

    /// <summary>The network's id.</summary>
    public required string NetworkId { get; init; }

    /// <summary>The network's name.</summary>
    public required string NetworkName { get; init; }

    /// <summary>The container's id.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The interface's name inside the container: eth0, eth1, ….</summary>
    public required string InterfaceName { get; init; }

    /// <summary>The MAC address, as in <c>02:42:ac:11:00:02</c>.</summary>
    public required string MacAddress { get; init; }

    /// <summary>The IPv4 address; null without.</summary>
    public IPAddress? IPv4Address { get; init; }

    /// <summary>Bits of the IPv4 subnet.</summary>
    public int IPv4PrefixLength { get; init; }

    /// <summary>The way out by IPv4; null without.</summary>
    public IPAddress? IPv4Gateway { get; init; }

    /// <summary>The IPv6 address; null without.</summary>
    public IPAddress? IPv6Address { get; init; }

    /// <summary>Bits of the IPv6 subnet.</summary>
    public int IPv6PrefixLength { get; init; }

    /// <summary>The way out by IPv6; null without.</summary>
    public IPAddress? IPv6Gateway { get; init; }

    /// <summary>Further names of the container in the network.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}
