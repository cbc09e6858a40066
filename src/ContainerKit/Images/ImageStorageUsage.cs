namespace ContainerKit.Images;

/// <summary>What images and their parts take of the disk, in bytes.</summary>
/// <param name="Images">The images.</param>
/// <param name="LayersSize">The files of all layers, each counted once.</param>
/// <param name="BlobsSize">All blobs.</param>
/// <param name="PartialDownloadsSize">What interrupted pulls have left for when they are repeated.</param>
internal sealed record ImageStorageUsage(IReadOnlyList<ImageDiskUsage> Images, long LayersSize, long BlobsSize, long PartialDownloadsSize);
