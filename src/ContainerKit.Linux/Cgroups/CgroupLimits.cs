using System.Collections.Immutable;
using ContainerKit.Linux.Cgroups.Controllers;

namespace ContainerKit.Linux.Cgroups;

/// <summary>Every limit of a cgroup. Null is no limit, so a record describes the whole state and never "unchanged".</summary>
public sealed record CgroupLimits
{
    /// <summary>No limits.</summary>
    public static CgroupLimits None { get; } = new();

    /// <summary>Memory in bytes, at least 6 MiB (below that not even an empty process starts reliably).</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>
    /// Memory and swap together in bytes, at least <see cref="MemoryBytes"/>, which it needs; -1 for unlimited swap. Null is Docker's
    /// default, twice <see cref="MemoryBytes"/>, and is then left out on kernels that don't account swap.
    /// </summary>
    public long? MemoryAndSwapBytes { get; init; }

    /// <summary>What is left to it when memory runs short on the host, in bytes; soft_limit of version 1, memory.low of version 2.</summary>
    public long? MemoryReservationBytes { get; init; }

    /// <summary>How readily its anonymous memory is swapped out, 0 to 100. Version 1 only.</summary>
    public int? Swappiness { get; init; }

    /// <summary>True: processes wait instead of being killed when <see cref="MemoryBytes"/>, which it needs, is reached. Version 1 only.</summary>
    public bool OomKillDisabled { get; init; }

    /// <summary>Processors, 0.01 to 65536: 1.5 is one and a half. Enforced as a quota per 100 ms.</summary>
    public double? Processors { get; init; }

    /// <summary>Processor time in each <see cref="CpuPeriod"/>, at least 1 ms. Not together with <see cref="Processors"/>.</summary>
    public TimeSpan? CpuQuota { get; init; }

    /// <summary>The period of <see cref="CpuQuota"/>, 1 ms to 1 s; null is 100 ms.</summary>
    public TimeSpan? CpuPeriod { get; init; }

    /// <summary>Time for real-time processes in each <see cref="CpuRealtimePeriod"/>. Version 1 with CONFIG_RT_GROUP_SCHED only.</summary>
    public TimeSpan? CpuRealtimeRuntime { get; init; }

    /// <summary>The period of <see cref="CpuRealtimeRuntime"/>; null is 1 s.</summary>
    public TimeSpan? CpuRealtimePeriod { get; init; }

    /// <summary>Relative weight when processors are contended, 2 to 262144; the kernel's default is 1024.</summary>
    public long? CpuShares { get; init; }

    /// <summary>Processes and threads, at least 1.</summary>
    public long? Pids { get; init; }

    /// <summary>Processors that may be used, as in <c>0-2,5</c>.</summary>
    public string? CpusetProcessors { get; init; }

    /// <summary>Memory nodes that may be used, as in <c>0</c>.</summary>
    public string? CpusetMemoryNodes { get; init; }

    /// <summary>Relative weight when block devices are contended, 10 to 1000.</summary>
    public int? IoWeight { get; init; }

    /// <summary>The same for single devices.</summary>
    public ImmutableArray<CgroupIoWeight> IoDeviceWeights { get; init; } = [];

    /// <summary>Limits of transfers, one a device.</summary>
    public ImmutableArray<CgroupIoThrottle> IoThrottles { get; init; } = [];

    /// <summary>Huge pages in bytes, by the size of a page as the kernel writes it: <c>2MB</c>.</summary>
    public ImmutableSortedDictionary<string, long> HugePageBytes { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <inheritdoc/>
    public bool Equals(CgroupLimits? other)
        => other is not null
            && Scalars.Equals(other.Scalars)
            && IoDeviceWeights.AsSpan().SequenceEqual(other.IoDeviceWeights.AsSpan())
            && IoThrottles.AsSpan().SequenceEqual(other.IoThrottles.AsSpan())
            && HugePageBytes.SequenceEqual(other.HugePageBytes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Scalars, IoDeviceWeights.Length, IoThrottles.Length, HugePageBytes.Count);

    /// <summary>What compares by value by itself.</summary>
    private object Scalars => (
        (MemoryBytes, MemoryAndSwapBytes, MemoryReservationBytes, Swappiness, OomKillDisabled),
        (Processors, CpuQuota, CpuPeriod, CpuRealtimeRuntime, CpuRealtimePeriod, CpuShares),
        (Pids, CpusetProcessors, CpusetMemoryNodes, IoWeight));

    /// <summary>Checks all values without touching the system.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public void Validate()
    {
        foreach (ResourceController controller in ResourceController.All)
        {
            controller.Validate(this);
        }
    }
}
