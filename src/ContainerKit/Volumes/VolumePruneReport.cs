namespace ContainerKit;

/// <summary>What was removed.</summary>
/// <param name="RemovedNames">The names of the volumes.</param>
/// <param name="ReclaimedBytes">The size of their files.</param>
public sealed record VolumePruneReport(IReadOnlyList<string> RemovedNames, long ReclaimedBytes);
