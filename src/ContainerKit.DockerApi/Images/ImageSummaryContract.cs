using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Images;

/// <summary>An image in a list.</summary>
internal sealed record ImageSummaryContract
{
    public required string Id { get; init; }

    public string ParentId { get; init; } = "";

    public required IReadOnlyList<string> RepoTags { get; init; }

    public required IReadOnlyList<string> RepoDigests { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long Created { get; init; }

    public required long Size { get; init; }

    /// <summary>-1: it wasn't asked for.</summary>
    public long SharedSize { get; init; } = -1;

    /// <summary>The same as the size; gone since API 1.44.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? VirtualSize { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>-1: it wasn't asked for.</summary>
    public long Containers { get; init; } = -1;
}
