namespace ContainerKit.Oci;

/// <summary>A manifest or index as a registry gave it, verified.</summary>
public sealed class RegistryManifest
{
    internal RegistryManifest(string mediaType, byte[] content, Digest digest)
    {
        Content = content;
        Descriptor = new Descriptor { MediaType = mediaType, Digest = digest, Size = content.Length };
    }

    /// <summary>Media type, digest and size.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>The bytes, which have the digest. Keep these: parsing and writing again gives others.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>True for an index or manifest list, false for a manifest.</summary>
    public bool IsIndex => MediaTypes.IsIndex(Descriptor.MediaType);

    /// <summary>The manifest.</summary>
    /// <exception cref="OciFormatException">It is malformed, or an index.</exception>
    public ImageManifest ParseManifest() => ImageManifest.Parse(Content.Span);

    /// <summary>The index.</summary>
    /// <exception cref="OciFormatException">It is malformed, or a manifest.</exception>
    public ImageIndex ParseIndex() => ImageIndex.Parse(Content.Span);
}
