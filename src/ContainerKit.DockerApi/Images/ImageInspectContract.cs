using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Images;

/// <summary>An image with all that is known of it.</summary>
internal sealed record ImageInspectContract
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> RepoTags { get; init; }

    public required IReadOnlyList<string> RepoDigests { get; init; }

    public string Parent { get; init; } = "";

    public required string Comment { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Created { get; init; }

    public string DockerVersion { get; init; } = "";

    public required string Author { get; init; }

    public required ImageConfigContract Config { get; init; }

    /// <summary>Of old APIs the same again. The newest have not got it, but docker-compose 1.29 looks there in every one of them.</summary>
    public ImageConfigContract ContainerConfig => Config;

    public required string Architecture { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; init; }

    public required string Os { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OsVersion { get; init; }

    public required long Size { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? VirtualSize { get; init; }

    public required GraphDriverContract GraphDriver { get; init; }

    public required RootFsContract RootFS { get; init; }

    public required ImageMetadataContract Metadata { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DescriptorContract? Descriptor { get; init; }
}

/// <summary>Where the layers of an image or container are.</summary>
internal sealed record GraphDriverContract(string Name, IReadOnlyDictionary<string, string>? Data);

/// <summary>The layers of an image.</summary>
internal sealed record RootFsContract(string Type, IReadOnlyList<string> Layers);

/// <summary>What the engine alone knows of an image.</summary>
internal sealed record ImageMetadataContract(string LastTagTime);

/// <summary>A descriptor by the names of the OCI.</summary>
internal sealed record DescriptorContract
{
    [JsonPropertyName("mediaType")]
    public required string MediaType { get; init; }

    [JsonPropertyName("digest")]
    public required string Digest { get; init; }

    [JsonPropertyName("size")]
    public required long Size { get; init; }
}
