namespace ContainerKit.Containers;

/// <summary>What of a spec can be changed in a container that exists.</summary>
internal static class ContainerUpdate
{
    private const string Allowed = "MemoryLimit, MemoryAndSwapLimit, MemoryReservation, CpuLimit, CpuShares, CpuQuota, CpuPeriod, CpuRealtimeRuntime, CpuRealtimePeriod, "
        + "CpusetProcessors, CpusetMemoryNodes, IoWeight, PidsLimit and RestartPolicy";

    /// <summary>The old spec with what may be changed taken from the new one.</summary>
    /// <exception cref="ArgumentException">Something else was changed as well.</exception>
    internal static ContainerSpec Apply(ContainerSpec old, ContainerSpec changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        ContainerSpec updated = old with
        {
            MemoryLimit = changed.MemoryLimit,
            CpuLimit = changed.CpuLimit,
            PidsLimit = changed.PidsLimit,
            MemoryAndSwapLimit = changed.MemoryAndSwapLimit,
            MemoryReservation = changed.MemoryReservation,
            CpuShares = changed.CpuShares,
            CpuQuota = changed.CpuQuota,
            CpuPeriod = changed.CpuPeriod,
            CpuRealtimeRuntime = changed.CpuRealtimeRuntime,
            CpuRealtimePeriod = changed.CpuRealtimePeriod,
            CpusetProcessors = changed.CpusetProcessors,
            CpusetMemoryNodes = changed.CpusetMemoryNodes,
            IoWeight = changed.IoWeight,
            RestartPolicy = changed.RestartPolicy,
        };
        return updated == changed
            ? updated
            : throw new ArgumentException($"The change of the spec is not allowed: an existing container takes another {Allowed} only. Create a new container for the rest.");
    }
}
