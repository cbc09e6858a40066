using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Images;

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(IReadOnlyList<ImageSummaryContract>))]
[JsonSerializable(typeof(ImageInspectContract))]
[JsonSerializable(typeof(IReadOnlyList<ImageHistoryContract>))]
[JsonSerializable(typeof(IReadOnlyList<ImageDeleteContract>))]
[JsonSerializable(typeof(ImagePruneContract))]
[JsonSerializable(typeof(ImageConfigContract))]
[JsonSerializable(typeof(CommitContract))]
[JsonSerializable(typeof(PlatformContract))]
internal sealed partial class ImageJson : JsonSerializerContext;
