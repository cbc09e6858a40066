namespace ContainerKit;

/// <summary>What was removed.</summary>
/// <param name="RemovedNames">The names of the volumes.</param>
/// <param name="ReclaimedSpace">The size of their files.</param>
public sealed record VolumePruneReport(IReadOnlyList<string> RemovedNames, ByteSize ReclaimedSpace);
