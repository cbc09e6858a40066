using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.Volumes;

[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(NullAsZero), typeof(NullAsZero.Int32), typeof(NullAsZero.Boolean), typeof(TextMapConverter), typeof(TextMapConverter.Mutable)])]
[JsonSerializable(typeof(VolumeContract))]
[JsonSerializable(typeof(VolumeListContract))]
[JsonSerializable(typeof(VolumeCreateContract))]
[JsonSerializable(typeof(VolumePruneContract))]
internal sealed partial class VolumeJson : JsonSerializerContext;
