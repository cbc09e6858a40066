using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>The bodies of the endpoints of containers.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(NullAsZero), typeof(NullAsZero.Int32), typeof(NullAsZero.Boolean), typeof(TextMapConverter), typeof(TextMapConverter.Mutable)])]
[JsonSerializable(typeof(CreateContainerBody))]
[JsonSerializable(typeof(CreateContainerResponse))]
[JsonSerializable(typeof(ContainerInspectResponse))]
[JsonSerializable(typeof(ContainerSummary[]))]
[JsonSerializable(typeof(ResourcesBody))]
[JsonSerializable(typeof(UpdateResponse))]
[JsonSerializable(typeof(TopResponse))]
[JsonSerializable(typeof(ChangeBody[]))]
[JsonSerializable(typeof(WaitResponse))]
[JsonSerializable(typeof(ContainersPruneResponse))]
[JsonSerializable(typeof(PathStatBody))]
[JsonSerializable(typeof(StatsBody))]
internal sealed partial class ContainerJson : JsonSerializerContext;
