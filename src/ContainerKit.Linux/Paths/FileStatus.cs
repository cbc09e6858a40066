using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Paths;

/// <summary>Attributes of a file as statx(2) returns them, links not followed.</summary>
public readonly record struct FileStatus
{
    internal FileStatus(in StatX status)
    {
        Type = (FileType)(status.Mode & 0xF000);
        Mode = status.Mode & 0xFFFu;
        UserId = status.UserId;
        GroupId = status.GroupId;
        Size = (long)status.Size;
        AllocatedSize = (long)status.Blocks * 512;
        LinkCount = status.LinkCount;
        Inode = status.Inode;
        Device = ((ulong)status.DeviceMajor << 32) | status.DeviceMinor;
        NodeMajor = status.NodeMajor;
        NodeMinor = status.NodeMinor;
        ModifiedSeconds = status.ModifiedSeconds;
        ModifiedNanoseconds = status.ModifiedNanoseconds;
        ChangedSeconds = status.ChangedSeconds;
        ChangedNanoseconds = status.ChangedNanoseconds;
        MountId = (status.Mask & StatX.MaskMountId) != 0 ? status.MountId : 0;
        IsMountRoot = (status.Attributes & StatX.AttributeMountRoot) != 0;
    }

    /// <summary>What the entry is.</summary>
    public FileType Type { get; }

    /// <summary>Permissions with set-user-id, set-group-id and sticky bit: the lower 12 bits of the mode.</summary>
    public uint Mode { get; }

    /// <summary>The owner, as this process's user namespace sees it.</summary>
    public uint UserId { get; }

    /// <summary>The group, as this process's user namespace sees it.</summary>
    public uint GroupId { get; }

    /// <summary>Size in bytes; of a symbolic link the length of its target.</summary>
    public long Size { get; }

    /// <summary>Bytes that are allocated on disk; less than <see cref="Size"/> for a sparse file.</summary>
    public long AllocatedSize { get; }

    /// <summary>Number of hard links.</summary>
    public long LinkCount { get; }

    /// <summary>Inode number, unique together with <see cref="Device"/>.</summary>
    public ulong Inode { get; }

    /// <summary>The device that holds the file: major number in the upper, minor number in the lower 32 bits.</summary>
    public ulong Device { get; }

    /// <summary>Major number of a device node.</summary>
    public uint NodeMajor { get; }

    /// <summary>Minor number of a device node.</summary>
    public uint NodeMinor { get; }

    /// <summary>Time of the last modification, whole seconds since 1970; negative before.</summary>
    public long ModifiedSeconds { get; }

    /// <summary>Nanoseconds to add to <see cref="ModifiedSeconds"/>.</summary>
    public uint ModifiedNanoseconds { get; }

    /// <summary>Time of the last change of content or attributes, whole seconds since 1970. Unlike the time of modification nobody can set it.</summary>
    public long ChangedSeconds { get; }

    /// <summary>Nanoseconds to add to <see cref="ChangedSeconds"/>.</summary>
    public uint ChangedNanoseconds { get; }

    /// <summary>
    /// The mount that the entry is seen through, in this process's mount namespace; 0 before Linux 5.8, and never used again after the mount is
    /// gone since Linux 6.8.
    /// </summary>
    public ulong MountId { get; }

    /// <summary>True when something is mounted here (Linux 5.8; false before).</summary>
    public bool IsMountRoot { get; }

    /// <summary>True for the device node 0/0 by which overlayfs marks a removed file.</summary>
    public bool IsOverlayWhiteout => Type == FileType.CharacterDevice && NodeMajor == 0 && NodeMinor == 0;
}
