namespace ContainerKit.Linux.Netlink;

/// <summary>What a packet is looked at for without reading its bytes; the values are NFT_META_*.</summary>
public enum FilterField
{
    /// <summary>The protocol in the frame, 2 bytes, network order.</summary>
    Protocol = 1,

    /// <summary>Index of the interface that it came by.</summary>
    InputIndex = 4,

    /// <summary>Index of the interface that it leaves by.</summary>
    OutputIndex = 5,

    /// <summary>Name of the interface that it came by, 16 bytes.</summary>
    InputName = 6,

    /// <summary>Name of the interface that it leaves by, 16 bytes.</summary>
    OutputName = 7,

    /// <summary>IPv4 (2) or IPv6 (10), 1 byte.</summary>
    Family = 15,

    /// <summary>TCP (6), UDP (17), …, 1 byte.</summary>
    TransportProtocol = 16,
}
