namespace ContainerKit.Linux.Cgroups;

/// <summary>What a cgroup may transfer from and to one block device; null is no limit.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number; of a whole disk, not of a partition.</param>
public sealed record CgroupIoThrottle(int Major, int Minor)
{
    /// <summary>Bytes read a second, at least 1.</summary>
    public long? ReadBytes { get; init; }

    /// <summary>Bytes written a second, at least 1.</summary>
    public long? WriteBytes { get; init; }

    /// <summary>Read operations a second, at least 1.</summary>
    public long? ReadOperations { get; init; }

    /// <summary>Write operations a second, at least 1.</summary>
    public long? WriteOperations { get; init; }

    internal Limit[] Values =>
    [
        new("rbps", "blkio.throttle.read_bps_device", ReadBytes),
        new("wbps", "blkio.throttle.write_bps_device", WriteBytes),
        new("riops", "blkio.throttle.read_iops_device", ReadOperations),
        new("wiops", "blkio.throttle.write_iops_device", WriteOperations),
    ];

    /// <summary>One limit and how both versions name it.</summary>
    internal sealed record Limit(string UnifiedKey, string LegacyFile, long? Value);
}
