namespace ContainerKit;

/// <summary>What a container takes of the disk, in bytes of the content of files.</summary>
/// <param name="Container">The container.</param>
/// <param name="WritableSize">What it has written: its own layer, without the image's.</param>
/// <param name="LogSize">Its log files.</param>
public sealed record ContainerDiskUsage(ContainerInfo Container, long WritableSize, long LogSize);
