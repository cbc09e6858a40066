using System.Text.Json.Serialization;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.Images;

[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    Converters = [typeof(NullAsZero), typeof(NullAsZero.Int32), typeof(NullAsZero.Boolean), typeof(TextMapConverter), typeof(TextMapConverter.Mutable)])]
[JsonSerializable(typeof(IReadOnlyList<ImageSummaryContract>))]
[JsonSerializable(typeof(ImageInspectContract))]
[JsonSerializable(typeof(IReadOnlyList<ImageHistoryContract>))]
[JsonSerializable(typeof(IReadOnlyList<ImageDeleteContract>))]
[JsonSerializable(typeof(ImagePruneContract))]
[JsonSerializable(typeof(ImageConfigContract))]
[JsonSerializable(typeof(CommitContract))]
[JsonSerializable(typeof(PlatformContract))]
internal sealed partial class ImageJson : JsonSerializerContext;
