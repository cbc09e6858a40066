using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Builds.Cache;

/// <summary>What a step has made.</summary>
/// <param name="Layer">Its layer; null where it changed no file.</param>
/// <param name="Size">Bytes of the layer's files.</param>
/// <param name="BlobSize">Bytes of the layer's archive, not compressed.</param>
/// <param name="Created">When.</param>
/// <param name="Text">The instruction.</param>
/// <param name="Value">What it found out besides; null for nothing.</param>
internal sealed record CachedStep(Digest? Layer, long Size, long BlobSize, DateTimeOffset Created, string Text, string? Value = null)
{
    /// <summary>As it is kept.</summary>
    public CachedStepDocument ToDocument() => new(Layer?.ToString(), Size, BlobSize, Created, Text, Value);

    /// <summary>The layer's blob.</summary>
    public Descriptor? Blob => Layer is { } layer ? new Descriptor { MediaType = MediaTypes.OciLayer, Digest = layer, Size = BlobSize } : null;
}
