namespace ContainerKit;

/// <summary>What a container may do with a device.</summary>
[Flags]
public enum DevicePermissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Make its device file, mknod(2); <c>m</c> in Docker's form.</summary>
    MakeNode = 1,

    /// <summary>Open it for reading; <c>r</c>.</summary>
    Read = 2,

    /// <summary>Open it for writing; <c>w</c>.</summary>
    Write = 4,

    /// <summary>Everything; <c>rwm</c>.</summary>
    All = MakeNode | Read | Write,
}
