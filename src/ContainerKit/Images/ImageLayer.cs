using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>A layer of an image.</summary>
public sealed record ImageLayer
{
    /// <summary>The digest of its archive, not compressed.</summary>
    public required Digest DiffId { get; init; }

    /// <summary>The digest, size in bytes and media type of the blob that registries exchange.</summary>
    public required Descriptor Blob { get; init; }

    /// <summary>True when the blob is here, which pushing and saving need.</summary>
    public required bool HasBlob { get; init; }

    /// <summary>Where its files are, as an overlay's lower directory; null when it is not unpacked here. Never to be written to.</summary>
    public string? Directory { get; init; }

    /// <summary>Bytes of the content of its files; 0 when it is not unpacked here.</summary>
    public long Size { get; init; }

    /// <summary>Bytes of its archive, not compressed; 0 when it is not unpacked here.</summary>
    public long ArchiveSize { get; init; }

    /// <summary>Entries of its archive; 0 when it is not unpacked here.</summary>
    public long Entries { get; init; }
}
