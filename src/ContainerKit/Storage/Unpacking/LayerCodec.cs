namespace ContainerKit.Storage.Unpacking;

/// <summary>How an archive is compressed.</summary>
internal enum LayerCodec
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>RFC 1952.</summary>
    Gzip,

    /// <summary>RFC 8878.</summary>
    Zstd,

    /// <summary>bzip2; not in images.</summary>
    Bzip2,

    /// <summary>xz; not in images.</summary>
    Xz,
}
