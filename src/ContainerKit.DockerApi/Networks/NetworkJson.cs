using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Networks;

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(IReadOnlyList<NetworkContract>))]
[JsonSerializable(typeof(NetworkContract))]
[JsonSerializable(typeof(NetworkCreateContract))]
[JsonSerializable(typeof(NetworkCreatedContract))]
[JsonSerializable(typeof(NetworkConnectContract))]
[JsonSerializable(typeof(NetworkDisconnectContract))]
[JsonSerializable(typeof(NetworkPruneContract))]
internal sealed partial class NetworkJson : JsonSerializerContext;
