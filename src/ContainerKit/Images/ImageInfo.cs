namespace ContainerKit;

/// <summary>An image with everything that is known of it here, at one moment.</summary>
/// <param name="Image">Names, digests, configuration, size.</param>
/// <param name="Layers">Its layers, the lowest first; the same one may be there twice. Empty for a directory.</param>
/// <param name="ContainerIds">The containers that were made of it, whoever runs them.</param>
public sealed record ImageInfo(Image Image, IReadOnlyList<ImageLayer> Layers, IReadOnlyList<string> ContainerIds)
{
    /// <summary>Bytes of the image's manifest, <see cref="Image.ManifestDigest"/>.</summary>
    public long ManifestSize { get; init; }
}
