namespace ContainerKit.Linux.Cgroups;

/// <summary>What went to and from a block device; page cache that was not written back yet is not in it.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WrittenBytes">Bytes written.</param>
/// <param name="Reads">Read operations.</param>
/// <param name="Writes">Write operations.</param>
public sealed record CgroupBlockDeviceUsage(int Major, int Minor, long ReadBytes, long WrittenBytes, long Reads, long Writes);
