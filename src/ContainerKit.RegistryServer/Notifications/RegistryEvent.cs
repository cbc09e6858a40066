using System.Text.Json.Serialization;

namespace ContainerKit.RegistryServer.Notifications;

/// <summary>Something that happened.</summary>
internal sealed record RegistryEvent(string Action, string Repository, string? Tag, string? Digest, string? User, string? MediaType = null, long? Size = null)
{
    internal const string Push = "push";
    internal const string Delete = "delete";
}

/// <summary>The documents of Docker's registry ("Work with notifications").</summary>
internal sealed record EventEnvelope([property: JsonPropertyName("events")] IReadOnlyList<EventDocument> Events);

internal sealed record EventDocument(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("timestamp")] DateTimeOffset Timestamp,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("target")] EventTarget Target,
    [property: JsonPropertyName("actor")] EventActor Actor);

internal sealed record EventTarget(
    [property: JsonPropertyName("mediaType")] string? MediaType,
    [property: JsonPropertyName("size")] long? Size,
    [property: JsonPropertyName("length")] long? Length,
    [property: JsonPropertyName("digest")] string? Digest,
    [property: JsonPropertyName("repository")] string Repository,
    [property: JsonPropertyName("tag")] string? Tag);

internal sealed record EventActor([property: JsonPropertyName("name")] string? Name);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventEnvelope))]
internal sealed partial class EventJson : JsonSerializerContext;
