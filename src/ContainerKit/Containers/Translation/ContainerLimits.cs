using System.Collections.Immutable;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Runtime.Devices;

namespace ContainerKit.Containers.Translation;

/// <summary>A spec's limits as a cgroup takes them.</summary>
internal static class ContainerLimits
{
    /// <summary>All limits but those that a runtime spec has of its own: memory, processors and number of processes.</summary>
    internal static CgroupLimits CreateFurther(ContainerSpec spec) => new()
    {
        MemoryAndSwapBytes = spec.MemoryAndSwapLimit?.Bytes,
        MemoryReservationBytes = spec.MemoryReservation?.Bytes,
        Swappiness = spec.MemorySwappiness,
        OomKillDisabled = spec.OomKillDisabled,
        CpuShares = spec.CpuShares,
        CpuQuota = spec.CpuQuota,
        CpuPeriod = spec.CpuPeriod,
        CpuRealtimeRuntime = spec.CpuRealtimeRuntime,
        CpuRealtimePeriod = spec.CpuRealtimePeriod,
        CpusetProcessors = spec.CpusetProcessors,
        CpusetMemoryNodes = spec.CpusetMemoryNodes,
        IoWeight = spec.IoWeight,
        IoDeviceWeights = [.. spec.IoDeviceWeights.Select(Map)],
        IoThrottles = [.. spec.IoThrottles.Select(Map)],
        HugePageBytes = spec.HugePageLimits.ToImmutableSortedDictionary(limit => limit.Key, limit => limit.Value.Bytes, StringComparer.Ordinal),
    };

    /// <summary>The block device that a path leads to; null when it is none.</summary>
    internal static DeviceNode? FindDisk(string path)
        => HostDevices.Find(path, path, DeviceAccess.All) is [{ IsBlock: true } disk] ? disk : null;

    private static CgroupIoWeight Map(IoDeviceWeight weight)
    {
        DeviceNode disk = RequireDisk(weight.DevicePath);
        return new CgroupIoWeight(disk.Major, disk.Minor, weight.Weight);
    }

    private static CgroupIoThrottle Map(IoThrottle throttle)
    {
        DeviceNode disk = RequireDisk(throttle.DevicePath);
        return new CgroupIoThrottle(disk.Major, disk.Minor)
        {
            ReadBytes = throttle.ReadBytes?.Bytes,
            WriteBytes = throttle.WriteBytes?.Bytes,
            ReadOperations = throttle.ReadOperations,
            WriteOperations = throttle.WriteOperations,
        };
    }

    private static DeviceNode RequireDisk(string path)
        => FindDisk(path) ?? throw new ContainerStartException("limits", 125, $"There is no block device {path} any more, for which the container has limits of I/O.");
}
