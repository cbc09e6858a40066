using System.Text.Json.Serialization;

namespace ContainerKit.Oci;

/// <summary>One step of how an image came to be.</summary>
public sealed record HistoryEntry
{
    /// <summary>When; null where it is not said.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>The command that made the layer; null where it is not said.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>Who; null where it is not said.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>A remark; null where there is none.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    /// <summary>True for a step that changed the configuration only and has no layer.</summary>
    [JsonPropertyName("empty_layer")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EmptyLayer { get; init; }
}
