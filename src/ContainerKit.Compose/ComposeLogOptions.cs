using System.Collections.Immutable;

namespace ContainerKit.Compose;

/// <summary>Which lines <see cref="ComposeProject.ReadLogsAsync"/> reads.</summary>
public sealed record ComposeLogOptions
{
    /// <summary>The services; empty: all that are in the file and attached.</summary>
    public ImmutableArray<string> Services { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: goes on until all of the containers have ended. Default false: what there is, in the order of time.</summary>
    public bool Follow { get; init; }

    /// <summary>Only so many lines of each container, the last ones; null: all.</summary>
    public int? Tail { get; init; }

    /// <summary>Only lines since then; null: all.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only lines until then; null: all.</summary>
    public DateTimeOffset? Until { get; init; }
}
