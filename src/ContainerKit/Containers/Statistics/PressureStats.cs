namespace ContainerKit;

/// <summary>Pressure stall information, Documentation/accounting/psi.rst: how much processes wait for a resource.</summary>
/// <param name="Some">At least one process waited.</param>
/// <param name="Full">All processes that were not idle waited at the same time; null where the kernel does not tell.</param>
public sealed record PressureStats(PressureShare Some, PressureShare? Full);
