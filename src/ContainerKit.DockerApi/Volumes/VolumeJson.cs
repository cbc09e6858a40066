using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Volumes;

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(VolumeContract))]
[JsonSerializable(typeof(VolumeListContract))]
[JsonSerializable(typeof(VolumeCreateContract))]
[JsonSerializable(typeof(VolumePruneContract))]
internal sealed partial class VolumeJson : JsonSerializerContext;
