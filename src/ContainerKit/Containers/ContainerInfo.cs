namespace ContainerKit;

/// <summary>A container as it was at one moment.</summary>
public sealed record ContainerInfo
{
    /// <summary>64 hexadecimal digits, unique.</summary>
    public required string Id { get; init; }

    /// <summary>The name, unique in the data root.</summary>
    public required string Name { get; init; }

    /// <summary>The spec that it was created from.</summary>
    public required ContainerSpec Spec { get; init; }

    /// <summary>The id of the image that the spec's name stood for when the container was created.</summary>
    public required string ImageId { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required ContainerStatus Status { get; init; }

    /// <summary>The first process in the host's pid namespace; null when it does not run.</summary>
    public int? ProcessId { get; init; }

    /// <summary>When it was last started; null when it never was.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it last ended; while it runs that is the end of the run before. Null when it never ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How it ended; null before it did.</summary>
    public ExitStatus? ExitStatus { get; init; }

    /// <summary>Why it could not be started, or why its end is not its own; null when there is nothing to say.</summary>
    public string? Error { get; init; }

    /// <summary>The labels of image and spec together.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>The command line that is executed: entrypoint and command of image and spec together.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Its volumes, those that its image asks for included.</summary>
    public IReadOnlyList<MountedVolume> Volumes { get; init; } = [];

    /// <summary>Its interfaces in networks, while it runs.</summary>
    public IReadOnlyList<NetworkEndpointInfo> Networks { get; init; } = [];

    /// <summary>The networks that it is connected to, whether it runs or not: names or ids, and what it asked for in each.</summary>
    public IReadOnlyList<NetworkAttachment> NetworkAttachments { get; init; } = [];

    /// <summary>The ports of this machine by which its ports are reachable, while it runs.</summary>
    public IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    /// <summary>
    /// The log file on the host, in Docker's json-file format (a detached container's has one of its own); it exists once the container wrote something.
    /// </summary>
    public required string LogPath { get; init; }

    /// <summary>The engine process that owns the container now; null when none does.</summary>
    public int? OwnerProcessId { get; init; }

    /// <summary>How often the restart policy started it again since a caller started it.</summary>
    public int RestartCount { get; init; }

    /// <summary>True when the kernel killed one of its processes because memory was used up; it need not have been the first one.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>What its health check says; null without one.</summary>
    public HealthInfo? Health { get; init; }

    /// <summary>The health check that is done, of image and spec together; null for none.</summary>
    public HealthProbe? HealthProbe { get; init; }
}
