using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Transfers;

/// <summary>One line of a stream of progress: of a pull, a push, a build, a load or an import.</summary>
internal sealed record ProgressLine
{
    [JsonPropertyName("stream")]
    public string? Stream { get; init; }

    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("progressDetail")]
    public ProgressDetail? ProgressDetail { get; init; }

    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("errorDetail")]
    public ProgressError? ErrorDetail { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("aux")]
    public ProgressResult? Aux { get; init; }
}

/// <summary>How far a layer is, in bytes.</summary>
internal sealed record ProgressDetail
{
    public static ProgressDetail None { get; } = new();

    [JsonPropertyName("current")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Current { get; init; }

    [JsonPropertyName("total")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Total { get; init; }
}

/// <summary>An error after the response has begun: the status is 200 by then. The code is what the client ends with.</summary>
internal sealed record ProgressError
{
    [JsonPropertyName("code")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Code { get; init; }

    [JsonPropertyName("message")]
    public required string Message { get; init; }
}

/// <summary>The result for programs: of a build the image's id, of a push the digest.</summary>
internal sealed record ProgressResult
{
    public string? ID { get; init; }

    public string? Tag { get; init; }

    public string? Digest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Size { get; init; }
}
