using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>The layers of an image by the digests of their uncompressed archives (diff ids).</summary>
public sealed record RootFileSystem
{
    internal const string LayersType = "layers";

    /// <summary>Always <c>layers</c>.</summary>
    [JsonPropertyName("type")]
    [AllowNull]
    public string Type { get; init => field = value ?? LayersType; } = LayersType;

    /// <summary>The diff ids, the lowest layer first; as many as the manifest has layers.</summary>
    [JsonPropertyName("diff_ids")]
    [AllowNull]
    public required IReadOnlyList<Digest> DiffIds { get; init => field = ValueList<Digest>.From(value, nameof(DiffIds)); }
}
