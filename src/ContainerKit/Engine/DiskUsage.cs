namespace ContainerKit;

/// <summary>What a data root takes of the disk, in bytes of the content of files. From <see cref="ContainerEngine.GetDiskUsageAsync"/>.</summary>
public sealed record DiskUsage
{
    /// <summary>The images, newest first; layers that several have are part of each.</summary>
    public required IReadOnlyList<ImageDiskUsage> Images { get; init; }

    /// <summary>The files of all layers, each layer counted once.</summary>
    public required long LayersSize { get; init; }

    /// <summary>All blobs: compressed layers, manifests, configurations.</summary>
    public required long BlobsSize { get; init; }

    /// <summary>What interrupted pulls have left for when they are repeated.</summary>
    public required long PartialDownloadsSize { get; init; }

    /// <summary>The containers, in the order of their creation.</summary>
    public required IReadOnlyList<ContainerDiskUsage> Containers { get; init; }

    /// <summary>The files of the layers that the build cache keeps, each counted once; part of <see cref="LayersSize"/>.</summary>
    public long BuildCacheLayersSize { get; init; }

    /// <summary>The files of the cache mounts of builds.</summary>
    public long BuildCacheMountsSize { get; init; }

    /// <summary>All of it together.</summary>
    public long TotalSize => LayersSize + BlobsSize + PartialDownloadsSize + BuildCacheMountsSize + Containers.Sum(container => container.WritableSize + container.LogSize);
}
