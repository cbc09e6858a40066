using System.Net.NetworkInformation;

namespace ContainerKit.Linux.Netlink;

/// <summary>An interface, as the kernel has it.</summary>
public sealed record LinkInfo
{
    /// <summary>Its number in its namespace.</summary>
    public required int Index { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The kernel's word for its kind (bridge, veth); empty for hardware and loopback.</summary>
    public required string Kind { get; init; }

    /// <summary>True when it is up.</summary>
    public required bool IsUp { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public required int Mtu { get; init; }

    /// <summary>Its MAC address.</summary>
    public required PhysicalAddress Address { get; init; }

    /// <summary>The bridge that it is a port of; 0 for none.</summary>
    public required int Master { get; init; }

    /// <summary>The number of a pair's other end in that one's namespace, or of the interface that it stands on; 0 for none.</summary>
    public required int Linked { get; init; }

    /// <summary>The text that was given to it; empty for none.</summary>
    public required string Alias { get; init; }
}
