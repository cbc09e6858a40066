namespace ContainerKit.Linux.Mounts;

/// <summary>Attributes of a mount, mount_setattr(2) and fsmount(2).</summary>
[Flags]
#pragma warning disable CA1008
public enum MountAttributes : ulong
{
    /// <summary>No attribute.</summary>
    None = 0,

    /// <summary>Read-only.</summary>
    MOUNT_ATTR_RDONLY = 1,

    /// <summary>Set-user-ID bits and file capabilities have no effect.</summary>
    MOUNT_ATTR_NOSUID = 2,

    /// <summary>Device files can't be opened.</summary>
    MOUNT_ATTR_NODEV = 4,

    /// <summary>Nothing can be executed.</summary>
    MOUNT_ATTR_NOEXEC = 8,
}
