namespace ContainerKit.Linux.Netlink;

/// <summary>Where a packet is when a chain sees it; nft(8). The values are the kernel's.</summary>
public enum FilterHook
{
    /// <summary>It just came in.</summary>
    PreRouting = 0,

    /// <summary>It is for this machine.</summary>
    Input = 1,

    /// <summary>It passes this machine.</summary>
    Forward = 2,

    /// <summary>This machine made it.</summary>
    Output = 3,

    /// <summary>It is about to leave.</summary>
    PostRouting = 4,
}
