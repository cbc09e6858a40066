using System.Collections.Immutable;

namespace ContainerKit;

/// <summary>What the health check of a container found out.</summary>
public sealed record HealthInfo
{
    /// <summary>The verdict.</summary>
    public required HealthStatus Status { get; init; }

    /// <summary>How many checks failed in a row.</summary>
    public int FailingStreak { get; init; }

    /// <summary>The last five checks, the newest last. Only the engine process that runs the container knows them.</summary>
    public ImmutableArray<HealthProbeResult> Log { get; init => field = value.IsDefault ? [] : value; } = [];
}
