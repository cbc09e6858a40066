namespace ContainerKit.DockerApi.Streams;

/// <summary>What of a log is wanted, and how.</summary>
internal sealed record LogRequest
{
    public bool StandardOutput { get; init; }

    public bool StandardError { get; init; }

    public bool Follow { get; init; }

    public bool Timestamps { get; init; }

    public int? Tail { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }
}
