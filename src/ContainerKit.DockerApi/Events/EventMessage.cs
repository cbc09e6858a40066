using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Events;

/// <summary>A line of GET /events.</summary>
internal sealed record EventMessage
{
    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("from")]
    public string? From { get; init; }

    public required string Type { get; init; }

    public required string Action { get; init; }

    public required EventActor Actor { get; init; }

    [JsonPropertyName("scope")]
    public string Scope { get; init; } = "local";

    [JsonPropertyName("time")]
    public required long Time { get; init; }

    [JsonPropertyName("timeNano")]
    public required long TimeNano { get; init; }

    internal sealed record EventActor(string ID, IReadOnlyDictionary<string, string> Attributes);
}
