namespace ContainerKit.Linux.Paths;

/// <summary>A stretch of a file.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct FileExtent(long Offset, long Length);
