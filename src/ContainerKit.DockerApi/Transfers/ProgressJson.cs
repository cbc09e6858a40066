using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Transfers;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProgressLine))]
internal sealed partial class ProgressJson : JsonSerializerContext;
