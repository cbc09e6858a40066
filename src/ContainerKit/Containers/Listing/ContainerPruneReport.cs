namespace ContainerKit;

/// <summary>What was removed.</summary>
/// <param name="RemovedIds">The ids of the containers.</param>
/// <param name="ReclaimedSpace">The size of their files and logs; files that this user may not look at are not counted.</param>
public sealed record ContainerPruneReport(IReadOnlyList<string> RemovedIds, ByteSize ReclaimedSpace);
