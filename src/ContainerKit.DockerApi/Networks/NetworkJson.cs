using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.Networks;

[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(NullAsZero), typeof(NullAsZero.Int32), typeof(NullAsZero.Boolean), typeof(TextMapConverter), typeof(TextMapConverter.Mutable)])]
[JsonSerializable(typeof(IReadOnlyList<NetworkContract>))]
[JsonSerializable(typeof(NetworkContract))]
[JsonSerializable(typeof(NetworkCreateContract))]
[JsonSerializable(typeof(NetworkCreatedContract))]
[JsonSerializable(typeof(NetworkConnectContract))]
[JsonSerializable(typeof(NetworkDisconnectContract))]
[JsonSerializable(typeof(NetworkPruneContract))]
internal sealed partial class NetworkJson : JsonSerializerContext;
