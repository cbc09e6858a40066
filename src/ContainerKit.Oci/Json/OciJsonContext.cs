using System.Text.Json.Serialization;

namespace ContainerKit.Oci.Json;

/// <summary>The documents of images. How they are read and written is said in <see cref="OciJson"/>, not here.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageConfiguration))]
[JsonSerializable(typeof(OciLayout))]
[JsonSerializable(typeof(DockerArchiveImage[]))]
internal sealed partial class OciJsonContext : JsonSerializerContext;
