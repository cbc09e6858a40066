using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Contracts;

[JsonSerializable(typeof(ErrorMessage))]
internal sealed partial class ErrorJson : JsonSerializerContext;
