using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>One image for one platform: its configuration and its layers. OCI image specification, "Image Manifest"; also Docker's schema 2.</summary>
/// <remarks>
/// Members that are not known are ignored on reading. The digest of a manifest is that of the bytes as received, so keep those: what
/// <see cref="ToUtf8Json"/> writes is for new manifests.
/// </remarks>
public sealed record ImageManifest
{
    private const string What = "image manifest";

    /// <summary>Version of the format: always 2.</summary>
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; } = 2;

    /// <summary><see cref="MediaTypes.OciManifest"/> (the default, also where a document says nothing) or <see cref="MediaTypes.DockerManifest"/>.</summary>
    [JsonPropertyName("mediaType")]
    [AllowNull]
    public string MediaType { get; init => field = value ?? MediaTypes.OciManifest; } = MediaTypes.OciManifest;

    /// <summary>The kind of artifact; null for images.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The image configuration; for artifacts whatever their kind says.</summary>
    [JsonPropertyName("config")]
    public required Descriptor Config { get; init; }

    /// <summary>The layers, the lowest first.</summary>
    [JsonPropertyName("layers")]
    [AllowNull]
    public required IReadOnlyList<Descriptor> Layers { get; init => field = ValueList<Descriptor>.From(value, nameof(Layers)); }

    /// <summary>The manifest that this one speaks about (signatures and the like); null for images.</summary>
    [JsonPropertyName("subject")]
    public Descriptor? Subject { get; init; }

    /// <summary>Annotations, in ordinal order of their names.</summary>
    [JsonPropertyName("annotations")]
    [AllowNull]
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = ValueMap.From(value, nameof(Annotations)); } = ValueMap.From(null, nameof(Annotations));

    /// <summary>Reads a manifest.</summary>
    /// <param name="utf8Json">The document, at most <see cref="OciLimits.MaxDocumentSize"/> bytes.</param>
    /// <exception cref="OciFormatException">
    /// It is malformed, of another kind, or ambiguous: a document that would also pass for an index is refused (CVE-2021-41190).
    /// </exception>
    public static ImageManifest Parse(ReadOnlySpan<byte> utf8Json)
    {
        OciJson.RefuseMembers(utf8Json, What, ["manifests"]);
        ImageManifest manifest = OciJson.Read<ImageManifest>(utf8Json, What);
        OciJson.CheckKind(What, manifest.SchemaVersion, manifest.MediaType, MediaTypes.IsManifest);
        OciJson.CheckDescriptor(What, "$.config", manifest.Config);
        OciJson.CheckDescriptor(What, "$.subject", manifest.Subject);
        OciJson.CheckDescriptors(What, "$.layers", manifest.Layers);
        return manifest;
    }

    /// <summary>The document as compact JSON; equal manifests give equal bytes.</summary>
    public byte[] ToUtf8Json() => OciJson.Write(this, What);
}
