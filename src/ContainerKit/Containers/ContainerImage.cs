using System.Collections.Immutable;

namespace ContainerKit.Containers;

/// <summary>
/// What a container needs to know of its image: kept with the container, so that it starts again when the image's name moved on.
/// </summary>
internal sealed record ContainerImage
{
    /// <summary>The image's id.</summary>
    public required string Id { get; init; }

    /// <summary>The layers' directories, topmost first.</summary>
    public required ImmutableArray<string> LayerDirectories { get; init; }

    /// <summary>NAME=value entries.</summary>
    public ImmutableArray<string> Environment { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Entrypoint; empty for none.</summary>
    public ImmutableArray<string> Entrypoint { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Cmd; empty for none.</summary>
    public ImmutableArray<string> Command { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>User; empty for root.</summary>
    public string User { get; init; } = "";

    /// <summary>WorkingDir; empty for /.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>Labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>StopSignal; null for SIGTERM.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Healthcheck; null for none.</summary>
    public HealthProbe? HealthProbe { get; init; }

    /// <summary>Shell; empty for /bin/sh -c.</summary>
    public ImmutableArray<string> Shell { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Volumes: paths that are to be volumes.</summary>
    public ImmutableArray<string> Volumes { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>ExposedPorts, as in <c>80/tcp</c>.</summary>
    public ImmutableArray<string> ExposedPorts { get; init => field = value.IsDefault ? [] : value; } = [];
}
