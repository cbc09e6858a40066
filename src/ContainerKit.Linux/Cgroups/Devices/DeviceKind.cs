namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>Kinds of device files, mknod(2). The values are those of BPF_DEVCG_DEV_*.</summary>
public enum DeviceKind
{
    /// <summary>Both kinds.</summary>
    Any = 0,

    /// <summary>A block device, such as a disk.</summary>
    Block = 1,

    /// <summary>A character device, such as a terminal.</summary>
    Character = 2,
}
