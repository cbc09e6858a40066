namespace ContainerKit.Linux.Cgroups;

/// <summary>Pressure stall information of a cgroup, Documentation/accounting/psi.rst; each is null where it is not measured.</summary>
/// <param name="Processor">Waiting for a processor.</param>
/// <param name="Memory">Waiting for memory: reclaim, swap-in, refaults.</param>
/// <param name="InputOutput">Waiting for input or output.</param>
public sealed record CgroupPressure(ResourcePressure? Processor, ResourcePressure? Memory, ResourcePressure? InputOutput);
