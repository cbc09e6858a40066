namespace ContainerKit;

/// <summary>One check of a container's health.</summary>
/// <param name="Start">When it began, UTC.</param>
/// <param name="End">When it ended, UTC.</param>
/// <param name="ExitCode">0 healthy, anything else not; -1 when it took too long or could not be started.</param>
/// <param name="Output">The first 4096 bytes of what it wrote to both of its streams, or why it has no exit code.</param>
public sealed record HealthProbeResult(DateTimeOffset Start, DateTimeOffset End, int ExitCode, string Output);
