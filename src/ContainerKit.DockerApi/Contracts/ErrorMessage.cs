using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>The body of every error.</summary>
internal sealed record ErrorMessage([property: JsonPropertyName("message")] string Message);
