using ContainerKit.Linux.Cgroups;

namespace ContainerKit.Runtime;

/// <summary>What a container uses, as its cgroup accounts it; null is what this kernel or this cgroup does not account.</summary>
internal sealed record ResourceUsage
{
    public CgroupCpuUsage? Processor { get; init; }

    public CgroupMemoryUsage? Memory { get; init; }

    public IReadOnlyDictionary<string, long> MemoryDetails { get; init; } = new Dictionary<string, long>();

    public long? Tasks { get; init; }

    public long? TaskLimit { get; init; }

    public IReadOnlyList<CgroupBlockDeviceUsage>? BlockDevices { get; init; }

    public CgroupPressure Pressure { get; init; } = new(null, null, null);
}
