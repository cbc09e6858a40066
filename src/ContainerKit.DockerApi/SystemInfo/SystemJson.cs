using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Transfers;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>The bodies of the system's endpoints.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(VersionResponse))]
[JsonSerializable(typeof(InfoResponse))]
[JsonSerializable(typeof(AuthRequest))]
[JsonSerializable(typeof(AuthResponse))]
[JsonSerializable(typeof(DiskUsageResponse))]
internal sealed partial class SystemJson : JsonSerializerContext;
