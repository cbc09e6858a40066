using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

/// <summary>NetworkingConfig of create.</summary>
internal sealed record NetworkingConfigBody
{
    public IReadOnlyDictionary<string, EndpointConfigBody?>? EndpointsConfig { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
