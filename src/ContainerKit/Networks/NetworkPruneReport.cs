namespace ContainerKit;

/// <summary>What pruning removed.</summary>
/// <param name="Networks">The names of the networks.</param>
public sealed record NetworkPruneReport(IReadOnlyList<string> Networks);
