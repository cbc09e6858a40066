namespace ContainerKit.Containers.Instances;

/// <summary>What of a spec can be changed in a container that exists.</summary>
internal static class ContainerUpdate
{
    private const string Allowed = "limits of memory, processors, processes, I/O and huge pages, and another RestartPolicy";

    /// <summary>The old spec with what may be changed taken from the new one.</summary>
    /// <exception cref="ArgumentException">Something else was changed as well.</exception>
    internal static ContainerSpec Apply(ContainerSpec old, ContainerSpec changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        ContainerSpec updated = old with
        {
            MemoryLimit = changed.MemoryLimit,
            MemoryAndSwapLimit = changed.MemoryAndSwapLimit,
            MemoryReservation = changed.MemoryReservation,
            MemorySwappiness = changed.MemorySwappiness,
            OomKillDisabled = changed.OomKillDisabled,
            CpuLimit = changed.CpuLimit,
            CpuShares = changed.CpuShares,
            CpuQuota = changed.CpuQuota,
            CpuPeriod = changed.CpuPeriod,
            CpuRealtimeRuntime = changed.CpuRealtimeRuntime,
            CpuRealtimePeriod = changed.CpuRealtimePeriod,
            CpusetProcessors = changed.CpusetProcessors,
            CpusetMemoryNodes = changed.CpusetMemoryNodes,
            PidsLimit = changed.PidsLimit,
            IoWeight = changed.IoWeight,
            IoDeviceWeights = changed.IoDeviceWeights,
            IoThrottles = changed.IoThrottles,
            HugePageLimits = changed.HugePageLimits,
            RestartPolicy = changed.RestartPolicy,
        };
        return updated == changed
            ? updated
            : throw new ArgumentException($"The change of the spec is not allowed: an existing container takes other {Allowed} only. Create a new container for the rest.");
    }
}
