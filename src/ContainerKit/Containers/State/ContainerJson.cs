using System.Text.Json.Serialization;

namespace ContainerKit.Containers.State;

/// <summary>The JSON of config.json and state.json.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerConfig))]
[JsonSerializable(typeof(ContainerStateRecord))]
internal sealed partial class ContainerJson : JsonSerializerContext;
