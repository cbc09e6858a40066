using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.Exec;

/// <summary>The bodies of exec.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(NullAsZero), typeof(NullAsZero.Int32), typeof(NullAsZero.Boolean), typeof(TextMapConverter), typeof(TextMapConverter.Mutable)])]
[JsonSerializable(typeof(ExecCreateBody))]
[JsonSerializable(typeof(ExecStartBody))]
[JsonSerializable(typeof(ExecIdResponse))]
[JsonSerializable(typeof(ExecInspectResponse))]
internal sealed partial class ExecJson : JsonSerializerContext;
