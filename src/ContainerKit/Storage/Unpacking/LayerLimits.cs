namespace ContainerKit.Storage.Unpacking;

/// <summary>Bounds on a layer: what is beyond is an attack or a mistake, and would fill the disk before anyone sees it.</summary>
internal sealed record LayerLimits
{
    /// <summary>Number of entries; default two million.</summary>
    public long MaxEntries { get; init; } = 2_000_000;

    /// <summary>Bytes of the archive after decompression; default 64 GiB.</summary>
    public long MaxArchiveSize { get; init; } = 64L << 30;

    /// <summary>Bytes of all files, holes of sparse files included; default 1 TiB.</summary>
    public long MaxApparentSize { get; init; } = 1L << 40;

    /// <summary>Bytes of a path; default 4095, the longest that a process can name.</summary>
    public int MaxPathLength { get; init; } = 4095;

    /// <summary>Bytes after decompression for one before; default 400. gzip reaches 1032 with zeros, real layers are below 20.</summary>
    public int MaxExpansionRatio { get; init; } = 400;

    /// <summary>Bytes of archive from which on the ratio counts: small layers compress arbitrarily well. Default 256 MiB.</summary>
    public long ExpansionRatioThreshold { get; init; } = 256L << 20;
}
