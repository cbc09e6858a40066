namespace ContainerKit.Linux.Netlink;

/// <summary>From where offsets into a packet count; the values are NFT_PAYLOAD_*.</summary>
public enum FilterHeader
{
    /// <summary>The frame: destination at 0, source at 6.</summary>
    Link = 0,

    /// <summary>IP or ARP.</summary>
    Network = 1,

    /// <summary>TCP, UDP, ICMP.</summary>
    Transport = 2,
}
