using System.Net.NetworkInformation;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Netlink;

/// <summary>What an interface is to be; what is null stays as it is, or as the kernel chooses. See rtnetlink(7), ip-link(8).</summary>
public sealed record LinkRequest
{
    /// <summary>Its name, at most 15 bytes. To change an existing interface without <see cref="Index"/>: which one.</summary>
    public string? Name { get; init; }

    /// <summary>Its number; null: the interface called <see cref="Name"/>, or a new one's is the kernel's choice.</summary>
    public int? Index { get; init; }

    /// <summary>Its kind, when it is made.</summary>
    public LinkKind Kind { get; init; }

    /// <summary>True: up; false: down.</summary>
    public bool? IsUp { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>Its MAC address.</summary>
    public PhysicalAddress? Address { get; init; }

    /// <summary>The number of the bridge that it is to be a port of; 0: of none.</summary>
    public int? Master { get; init; }

    /// <summary>The number of the interface that it stands on (macvlan, ipvlan).</summary>
    public int? Parent { get; init; }

    /// <summary>The network namespace that it is to be in. Has to be open until the request was executed.</summary>
    public FileDescriptor? Namespace { get; init; }

    /// <summary>The other end of a <see cref="LinkKind.Veth"/>: name, address, MTU and namespace.</summary>
    public LinkRequest? Peer { get; init; }

    /// <summary>The kernel's number of a macvlan's mode (private 1, vepa 2, bridge 4, passthru 8) or of an ipvlan's (l2 0, l3 1, l3s 2).</summary>
    public int? Mode { get; init; }

    /// <summary>True: the kernel gives it no IPv6 address of its own when it comes up.</summary>
    public bool WithoutLinkLocal { get; init; }

    /// <summary>A bridge's port: may frames leave by the port they came from.</summary>
    public bool? Hairpin { get; init; }

    /// <summary>A bridge's port: true: no frames to and from other isolated ports.</summary>
    public bool? Isolated { get; init; }

    /// <summary>A bridge: true: multicast goes only where somebody asked for it (the kernel's default).</summary>
    public bool? MulticastSnooping { get; init; }

    /// <summary>A text that the administrator sees, at most 255 bytes. Only for an interface that exists: the kernel ignores it for one that is made.</summary>
    public string? Alias { get; init; }
}
