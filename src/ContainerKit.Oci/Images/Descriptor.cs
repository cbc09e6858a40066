using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>A reference from one document to another or to a blob: what it is, its digest and its size. OCI image specification, "Content Descriptors".</summary>
/// <remarks>Immutable; collections are copied in and compare by value.</remarks>
public sealed record Descriptor
{
    /// <summary>What the content is; <see cref="MediaTypes"/> has the usual ones.</summary>
    [JsonPropertyName("mediaType")]
    public required string MediaType { get; init; }

    /// <summary>The digest of the content.</summary>
    [JsonPropertyName("digest")]
    public required Digest Digest { get; init; }

    /// <summary>The size of the content in bytes, never negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    [JsonPropertyName("size")]
    public required long Size
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Size), value, "a size is never negative");
    }

    /// <summary>Where the content can be fetched, besides the registry; usually empty.</summary>
    [JsonPropertyName("urls")]
    [AllowNull]
    public IReadOnlyList<string> Urls { get; init => field = ValueList<string>.From(value, nameof(Urls)); } = ValueList<string>.From(null, nameof(Urls));

    /// <summary>Annotations, in ordinal order of their names; <see cref="AnnotationNames"/> has the usual ones.</summary>
    [JsonPropertyName("annotations")]
    [AllowNull]
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = ValueMap.From(value, nameof(Annotations)); } = ValueMap.From(null, nameof(Annotations));

    /// <summary>The content itself, where it is small enough to be embedded; null otherwise. Verified against digest and size on reading.</summary>
    [JsonPropertyName("data")]
    [SuppressMessage("Performance", "CA1819", Justification = "ReadOnlyMemory would hide null, which means that nothing is embedded.")]
    public byte[]? Data { get; init; }

    /// <summary>In an index: the platform of the image; null where it is not said.</summary>
    [JsonPropertyName("platform")]
    public Platform? Platform { get; init; }

    /// <summary>The kind of artifact that the described manifest is; null for images.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The descriptor of a document that is held in memory.</summary>
    /// <param name="mediaType">What the content is.</param>
    /// <param name="content">The bytes as they are stored and sent.</param>
    public static Descriptor ForContent(string mediaType, ReadOnlySpan<byte> content)
        => new() { MediaType = mediaType, Digest = Digest.Compute(content), Size = content.Length };

    /// <summary>What is wrong beyond single members, or null.</summary>
    internal string? Check()
    {
        if (MediaType.Length == 0)
        {
            return "mediaType is empty";
        }

        if (Data is null)
        {
            return null;
        }

        if (Data.Length != Size)
        {
            return $"data has {Data.Length} bytes, size says {Size}";
        }

        return Digest.Compute(Data, Digest.Algorithm) == Digest ? null : "data does not have the digest";
    }
}
