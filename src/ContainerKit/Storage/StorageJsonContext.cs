using System.Text.Json.Serialization;

namespace ContainerKit.Storage;

/// <summary>The storage's own files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LayerInfoDocument))]
[JsonSerializable(typeof(LayerLeaseDocument))]
internal sealed partial class StorageJsonContext : JsonSerializerContext;

/// <summary>layers/&lt;hex&gt;.json.</summary>
internal sealed record LayerInfoDocument(string DiffId, long ArchiveSize, long Size, long Entries);

/// <summary>containers/&lt;id&gt;/layers.json.</summary>
internal sealed record LayerLeaseDocument(string[] Layers);
