using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>A list of manifests, usually one per platform. OCI image specification, "Image Index"; also Docker's manifest list, and the index.json of a layout.</summary>
/// <remarks>Members that are not known are ignored on reading. The digest of an index is that of the bytes as received.</remarks>
public sealed record ImageIndex
{
    private const string What = "image index";

    /// <summary>Version of the format: always 2.</summary>
    [JsonPropertyName("schemaVersion")]
    public int SchemaVersion { get; init; } = 2;

    /// <summary><see cref="MediaTypes.OciIndex"/> (the default, also where a document says nothing) or <see cref="MediaTypes.DockerManifestList"/>.</summary>
    [JsonPropertyName("mediaType")]
    [AllowNull]
    public string MediaType { get; init => field = value ?? MediaTypes.OciIndex; } = MediaTypes.OciIndex;

    /// <summary>The kind of artifact; null for images.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>The entries: manifests and further indexes.</summary>
    [JsonPropertyName("manifests")]
    [AllowNull]
    public required IReadOnlyList<Descriptor> Manifests { get; init => field = ValueList<Descriptor>.From(value, nameof(Manifests)); }

    /// <summary>The manifest that this index speaks about; null for images.</summary>
    [JsonPropertyName("subject")]
    public Descriptor? Subject { get; init; }

    /// <summary>Annotations, in ordinal order of their names.</summary>
    [JsonPropertyName("annotations")]
    [AllowNull]
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = ValueMap.From(value, nameof(Annotations)); } = ValueMap.From(null, nameof(Annotations));

    /// <summary>Reads an index or manifest list.</summary>
    /// <param name="utf8Json">The document, at most <see cref="OciLimits.MaxDocumentSize"/> bytes.</param>
    /// <exception cref="OciFormatException">
    /// It is malformed, of another kind, or ambiguous: a document that would also pass for a manifest is refused (CVE-2021-41190).
    /// </exception>
    public static ImageIndex Parse(ReadOnlySpan<byte> utf8Json)
    {
        OciJson.RefuseMembers(utf8Json, What, ["config", "layers", "fsLayers", "history"]);
        ImageIndex index = OciJson.Read<ImageIndex>(utf8Json, What);
        OciJson.CheckKind(What, index.SchemaVersion, index.MediaType, MediaTypes.IsIndex);
        OciJson.CheckDescriptor(What, "$.subject", index.Subject);
        OciJson.CheckDescriptors(What, "$.manifests", index.Manifests);
        return index;
    }

    /// <summary>The entry that runs best on a platform, or null where none does.</summary>
    /// <param name="platform">Where the image shall run.</param>
    /// <returns>
    /// The best of the entries that name a platform, the first one where several are equal; failing that the first manifest or index that names none,
    /// whose configuration then has to be looked at. Attestations and other companions of images are never chosen.
    /// </returns>
    public Descriptor? Select(Platform platform)
    {
        ArgumentNullException.ThrowIfNull(platform);
        Descriptor? best = Manifests
            .Where(entry => entry.Platform is not null && !IsCompanion(entry) && platform.RankOf(entry.Platform) is not null)
            .MinBy(entry => platform.RankOf(entry.Platform!));
        return best ?? Manifests.FirstOrDefault(entry => entry.Platform is null && !IsCompanion(entry)
            && (MediaTypes.IsManifest(entry.MediaType) || MediaTypes.IsIndex(entry.MediaType)));
    }

    /// <summary>The document as compact JSON; equal indexes give equal bytes.</summary>
    public byte[] ToUtf8Json() => OciJson.Write(this, What);

    private static bool IsCompanion(Descriptor entry) => entry.Annotations.ContainsKey(AnnotationNames.DockerReferenceType);
}
