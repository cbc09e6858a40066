using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Exec;

/// <summary>The bodies of exec.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecCreateBody))]
[JsonSerializable(typeof(ExecStartBody))]
[JsonSerializable(typeof(ExecIdResponse))]
[JsonSerializable(typeof(ExecInspectResponse))]
internal sealed partial class ExecJson : JsonSerializerContext;
