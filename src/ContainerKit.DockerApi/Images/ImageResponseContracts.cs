using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Images;

/// <summary>A step of an image's history.</summary>
internal sealed record ImageHistoryContract(string Id, long Created, string CreatedBy, IReadOnlyList<string>? Tags, long Size, string Comment);

/// <summary>What went: a name or an image.</summary>
internal sealed record ImageDeleteContract
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Untagged { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Deleted { get; init; }
}

/// <summary>What pruning of images has freed.</summary>
internal sealed record ImagePruneContract(IReadOnlyList<ImageDeleteContract>? ImagesDeleted, long SpaceReclaimed);

/// <summary>The image that a commit made.</summary>
internal sealed record CommitContract(string Id);

/// <summary>A platform by the names of the OCI.</summary>
internal sealed record PlatformContract
{
    [JsonPropertyName("os")]
    public string? Os { get; init; }

    [JsonPropertyName("architecture")]
    public string? Architecture { get; init; }

    [JsonPropertyName("variant")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; init; }

    [JsonPropertyName("os.version")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OsVersion { get; init; }

    [JsonPropertyName("os.features")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? OsFeatures { get; init; }
}
