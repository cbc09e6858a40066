namespace ContainerKit.Linux.Mounts;

/// <summary>Flags of mount(2).</summary>
[Flags]
#pragma warning disable CA1008
public enum MountFlags : ulong
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>Read-only.</summary>
    MS_RDONLY = 1,

    /// <summary>Set-user-ID bits and file capabilities have no effect.</summary>
    MS_NOSUID = 2,

    /// <summary>Device files can't be opened.</summary>
    MS_NODEV = 4,

    /// <summary>Nothing can be executed.</summary>
    MS_NOEXEC = 8,

    /// <summary>Changes flags of an existing mount.</summary>
    MS_REMOUNT = 32,

    /// <summary>No update of access times.</summary>
    MS_NOATIME = 1024,

    /// <summary>Makes a subtree visible at another place.</summary>
    MS_BIND = 4096,

    /// <summary>Moves a mount.</summary>
    MS_MOVE = 8192,

    /// <summary>For the whole subtree.</summary>
    MS_REC = 16384,

    /// <summary>No propagation in either direction.</summary>
    MS_PRIVATE = 1 << 18,

    /// <summary>Propagation from the master only.</summary>
    MS_SLAVE = 1 << 19,

    /// <summary>Propagation in both directions.</summary>
    MS_SHARED = 1 << 20,

    /// <summary>Access times relative to modification.</summary>
    MS_RELATIME = 1 << 21,

    /// <summary>Always updates access times.</summary>
    MS_STRICTATIME = 1 << 24,
}
