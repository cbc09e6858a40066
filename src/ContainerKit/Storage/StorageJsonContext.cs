using System.Text.Json.Serialization;

namespace ContainerKit.Storage;

/// <summary>The storage's own files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LayerInfoDocument))]
[JsonSerializable(typeof(LayerLeaseDocument))]
[JsonSerializable(typeof(CachedStepDocument))]
[JsonSerializable(typeof(Dictionary<string, CachedStepDocument>))]
internal sealed partial class StorageJsonContext : JsonSerializerContext;

/// <summary>layers/&lt;hex&gt;.json.</summary>
internal sealed record LayerInfoDocument(string DiffId, long ArchiveSize, long Size, long Entries);

/// <summary>containers/&lt;id&gt;/layers.json.</summary>
internal sealed record LayerLeaseDocument(string[] Layers);

/// <summary>build-cache/steps/&lt;key&gt;.json.</summary>
/// <param name="Layer">The layer that the step made; null for none.</param>
/// <param name="Size">Bytes of its files.</param>
/// <param name="BlobSize">Bytes of its archive.</param>
/// <param name="Created">When.</param>
/// <param name="Text">The instruction.</param>
/// <param name="Value">What the step found out other than a layer; null for nothing.</param>
internal sealed record CachedStepDocument(string? Layer, long Size, long BlobSize, DateTimeOffset Created, string Text, string? Value);
