namespace ContainerKit.Linux.Netlink;

/// <summary>Which packets a table of nf_tables sees; nft(8), ADDRESS FAMILIES. The values are the kernel's.</summary>
public enum FilterFamily
{
    /// <summary>Not said.</summary>
    None = 0,

    /// <summary>IPv4 and IPv6.</summary>
    Inet = 1,

    /// <summary>IPv4.</summary>
    IPv4 = 2,

    /// <summary>Frames that pass a bridge.</summary>
    Bridge = 7,

    /// <summary>IPv6.</summary>
    IPv6 = 10,
}
