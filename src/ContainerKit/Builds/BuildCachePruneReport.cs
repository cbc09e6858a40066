namespace ContainerKit;

/// <summary>What was removed from the build cache.</summary>
/// <param name="RemovedSteps">How many steps were forgotten.</param>
/// <param name="ReclaimedSpace">What was freed: cache mounts, and layers and blobs that no image and no container needs.</param>
public sealed record BuildCachePruneReport(int RemovedSteps, ByteSize ReclaimedSpace);
