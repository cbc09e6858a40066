using System.Text.Json.Serialization;

namespace ContainerKit.RegistryServer.Routing;

/// <summary>The documents that are sent, as the specification has them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(TagListDocument))]
[JsonSerializable(typeof(CatalogDocument))]
internal sealed partial class RegistryDocuments : JsonSerializerContext;

internal sealed record ErrorDocument([property: JsonPropertyName("errors")] IReadOnlyList<ErrorEntry> Errors);

internal sealed record ErrorEntry(
    [property: JsonPropertyName("code")] string Code, [property: JsonPropertyName("message")] string Message, [property: JsonPropertyName("detail")] ErrorDetail? Detail);

internal sealed record ErrorDetail([property: JsonPropertyName("digest")] string Digest);

internal sealed record TagListDocument([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);

internal sealed record CatalogDocument([property: JsonPropertyName("repositories")] IReadOnlyList<string> Repositories);
