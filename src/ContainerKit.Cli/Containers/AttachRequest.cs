namespace ContainerKit.Cli.Containers;

/// <summary>How this process is connected to a container.</summary>
internal sealed record AttachRequest
{
    public bool Input { get; init; }

    public bool Output { get; init; }

    public bool Error { get; init; }

    /// <summary>True: the container has a terminal.</summary>
    public bool Terminal { get; init; }

    public string? DetachKeys { get; init; }

    public bool ForwardsSignals { get; init; }
}
