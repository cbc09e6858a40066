namespace ContainerKit;

/// <summary>What a container may transfer from and to a block device each second; null is no limit.</summary>
/// <param name="DevicePath">The device file of a whole disk, <c>/dev/sda</c>.</param>
public sealed record IoThrottle(string DevicePath)
{
    /// <summary>Bytes read a second.</summary>
    public ByteSize? ReadBytes { get; init; }

    /// <summary>Bytes written a second. On cgroup v1 this binds direct and synchronous writes only.</summary>
    public ByteSize? WriteBytes { get; init; }

    /// <summary>Read operations a second.</summary>
    public long? ReadOperations { get; init; }

    /// <summary>Write operations a second.</summary>
    public long? WriteOperations { get; init; }
}
