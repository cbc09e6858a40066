namespace ContainerKit;

/// <summary>What went to and from a block device.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="Read">Bytes read.</param>
/// <param name="Written">Bytes written; page cache that was not written back yet is not in it.</param>
/// <param name="ReadOperations">Read operations.</param>
/// <param name="WriteOperations">Write operations.</param>
public sealed record BlockDeviceStats(int Major, int Minor, ByteSize Read, ByteSize Written, long ReadOperations, long WriteOperations);
