namespace ContainerKit.RegistryServer;

/// <summary>Who is told about pushes and deletions: by a POST of the JSON document that Docker's registry sends (<c>application/vnd.docker.distribution.events.v1+json</c>).</summary>
public sealed record OciRegistryWebhook
{
    /// <summary>Where to.</summary>
    public required Uri Address { get; init; }

    /// <summary>Headers besides, such as <c>Authorization</c>. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long one attempt may take. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an event is sent again that the receiver did not take (any status but 2xx). Default 5, with pauses that double from 1 s.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>The pause before the first repetition. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many events wait at most; the oldest is dropped for a new one. Default 1000.</summary>
    public int MaxQueued { get; init; } = 1000;
}
