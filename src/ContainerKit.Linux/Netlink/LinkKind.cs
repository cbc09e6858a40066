namespace ContainerKit.Linux.Netlink;

/// <summary>Kinds of network interfaces that can be made; ip-link(8), TYPE.</summary>
public enum LinkKind
{
    /// <summary>Not said: an existing interface.</summary>
    Any,

    /// <summary>A switch whose ports are other interfaces.</summary>
    Bridge,

    /// <summary>One end of a pair; what enters one end leaves the other.</summary>
    Veth,

    /// <summary>A further MAC address of another interface.</summary>
    Macvlan,

    /// <summary>Further IP addresses of another interface, with that one's MAC address.</summary>
    Ipvlan,

    /// <summary>An interface that drops everything.</summary>
    Dummy,
}
