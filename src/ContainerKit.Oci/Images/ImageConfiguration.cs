using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>What an image is and how it runs: platform, execution defaults, layers, history. OCI image specification, "Image Configuration"; Docker's is the same.</summary>
/// <remarks>
/// Members that are not known are ignored on reading. An image's id is the digest of this document's bytes as received, so keep those:
/// what <see cref="ToUtf8Json"/> writes is for new images.
/// </remarks>
public sealed record ImageConfiguration
{
    private const string What = "image configuration";

    /// <summary>When the image was made; null where it is not said.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made the image; null where it is not said.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>The processor in Go's names, for instance <c>amd64</c>.</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The processor's variant, for instance <c>v7</c>; null for the usual one.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>The operating system, <c>linux</c>.</summary>
    [JsonPropertyName("os")]
    public required string Os { get; init; }

    /// <summary>Version of the operating system (Windows); null otherwise.</summary>
    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    /// <summary>Features that the operating system needs to have (Windows); usually empty.</summary>
    [JsonPropertyName("os.features")]
    [AllowNull]
    public IReadOnlyList<string> OsFeatures { get; init => field = ValueList<string>.From(value, nameof(OsFeatures)); } = ValueList<string>.From(null, nameof(OsFeatures));

    /// <summary>The defaults for containers of this image; never null.</summary>
    [JsonPropertyName("config")]
    [AllowNull]
    public ExecutionConfiguration Config { get; init => field = value ?? new(); } = new();

    /// <summary>The layers by the digests of their uncompressed archives.</summary>
    [JsonPropertyName("rootfs")]
    public required RootFileSystem RootFs { get; init; }

    /// <summary>How the layers came to be, the lowest first; may be empty.</summary>
    [JsonPropertyName("history")]
    [AllowNull]
    public IReadOnlyList<HistoryEntry> History { get; init => field = ValueList<HistoryEntry>.From(value, nameof(History)); } = ValueList<HistoryEntry>.From(null, nameof(History));

    /// <summary>The platform, put together from its members.</summary>
    [JsonIgnore]
    public Platform Platform => new() { Os = Os, Architecture = Architecture, Variant = Variant, OsVersion = OsVersion, OsFeatures = OsFeatures };

    /// <summary>Reads a configuration.</summary>
    /// <param name="utf8Json">The document, at most <see cref="OciLimits.MaxDocumentSize"/> bytes.</param>
    /// <exception cref="OciFormatException">It is malformed.</exception>
    public static ImageConfiguration Parse(ReadOnlySpan<byte> utf8Json)
    {
        ImageConfiguration configuration = OciJson.Read<ImageConfiguration>(utf8Json, What);
        return configuration.RootFs.Type == RootFileSystem.LayersType
            ? configuration
            : throw new OciFormatException(What, "$.rootfs.type", $"expected \"{RootFileSystem.LayersType}\", got \"{configuration.RootFs.Type}\"");
    }

    /// <summary>The document as compact JSON; equal configurations give equal bytes.</summary>
    public byte[] ToUtf8Json() => OciJson.Write(this, What);
}
