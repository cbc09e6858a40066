namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>What may be done with a device. The values are those of BPF_DEVCG_ACC_*.</summary>
[Flags]
public enum DeviceAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Make its device file, mknod(2).</summary>
    MakeNode = 1,

    /// <summary>Open it for reading.</summary>
    Read = 2,

    /// <summary>Open it for writing.</summary>
    Write = 4,

    /// <summary>Everything.</summary>
    All = MakeNode | Read | Write,
}
