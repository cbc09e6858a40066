using System.Collections.Immutable;

namespace ContainerKit;

/// <content>
/// Limits besides <see cref="MemoryLimit"/>, <see cref="CpuLimit"/> and <see cref="PidsLimit"/>. All need a cgroup: root, or a delegated one;
/// what the host's version of cgroups or its kernel lacks is an error at the start.
/// </content>
public sealed partial record ContainerSpec
{
    /// <summary>Memory and swap together, at least <see cref="MemoryLimit"/>, which it needs; -1 bytes: unlimited swap; null: twice the memory.</summary>
    public ByteSize? MemoryAndSwapLimit { get; init; }

    /// <summary>Memory that is left to the container when the host runs short, 6 MiB to <see cref="MemoryLimit"/>.</summary>
    public ByteSize? MemoryReservation { get; init; }

    /// <summary>How readily anonymous memory is swapped out, 0 to 100; cgroup v1 only.</summary>
    public int? MemorySwappiness { get; init; }

    /// <summary>True: processes wait when <see cref="MemoryLimit"/>, which it needs, is reached, instead of being killed; cgroup v1 only.</summary>
    public bool OomKillDisabled { get; init; }

    /// <summary>Relative weight when processors are contended, 2 to 262144; null: 1024.</summary>
    public long? CpuShares { get; init; }

    /// <summary>Processor time in each <see cref="CpuPeriod"/>, at least 1 ms. Not together with <see cref="CpuLimit"/>.</summary>
    public TimeSpan? CpuQuota { get; init; }

    /// <summary>The period of <see cref="CpuQuota"/>, 1 ms to 1 s; null: 100 ms.</summary>
    public TimeSpan? CpuPeriod { get; init; }

    /// <summary>Time for real-time processes in each <see cref="CpuRealtimePeriod"/>; cgroup v1 only.</summary>
    public TimeSpan? CpuRealtimeRuntime { get; init; }

    /// <summary>The period of <see cref="CpuRealtimeRuntime"/>; null: 1 s.</summary>
    public TimeSpan? CpuRealtimePeriod { get; init; }

    /// <summary>Processors that may be used, <c>0-2,5</c>; null: all.</summary>
    public string? CpusetProcessors { get; init; }

    /// <summary>Memory nodes that may be used, <c>0</c>; null: all.</summary>
    public string? CpusetMemoryNodes { get; init; }

    /// <summary>Relative weight when block devices are contended, 10 to 1000; null: the kernel's default.</summary>
    public int? IoWeight { get; init; }

    /// <summary>Weights at single devices.</summary>
    public ImmutableArray<IoDeviceWeight> IoDeviceWeights { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Limits of transfers, one a device.</summary>
    public ImmutableArray<IoThrottle> IoThrottles { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Limits of huge pages by the size of a page as the kernel writes it: <c>2MB</c>, <c>1GB</c>.</summary>
    public ImmutableSortedDictionary<string, ByteSize> HugePageLimits { get; init; } = ImmutableSortedDictionary.Create<string, ByteSize>(StringComparer.Ordinal);

    /// <summary>Limits memory and swap together; see <see cref="MemoryAndSwapLimit"/>.</summary>
    public ContainerSpec WithMemoryAndSwapLimit(ByteSize limit) => this with { MemoryAndSwapLimit = limit };

    /// <summary>Limits memory only: swap is unlimited.</summary>
    public ContainerSpec WithUnlimitedSwap() => this with { MemoryAndSwapLimit = new ByteSize(-1) };

    /// <summary>Leaves memory to the container when the host runs short.</summary>
    public ContainerSpec WithMemoryReservation(ByteSize reservation) => this with { MemoryReservation = reservation };

    /// <summary>Sets how readily anonymous memory is swapped out, 0 to 100; cgroup v1 only.</summary>
    public ContainerSpec WithMemorySwappiness(int swappiness) => this with { MemorySwappiness = swappiness };

    /// <summary>Lets processes wait at the memory limit instead of being killed; cgroup v1 only.</summary>
    public ContainerSpec WithOomKillDisabled(bool disabled = true) => this with { OomKillDisabled = disabled };

    /// <summary>Sets the relative weight when processors are contended, 2 to 262144.</summary>
    public ContainerSpec WithCpuShares(long shares) => this with { CpuShares = shares };

    /// <summary>Limits processor time to a quota in each period.</summary>
    /// <param name="quota">At least 1 ms.</param>
    /// <param name="period">1 ms to 1 s; null: 100 ms.</param>
    public ContainerSpec WithCpuQuota(TimeSpan quota, TimeSpan? period = null) => this with { CpuQuota = quota, CpuPeriod = period };

    /// <summary>Gives time to real-time processes; cgroup v1 with CONFIG_RT_GROUP_SCHED only.</summary>
    /// <param name="runtime">Time in each period.</param>
    /// <param name="period">1 ms to 1 s; null: 1 s.</param>
    public ContainerSpec WithCpuRealtime(TimeSpan runtime, TimeSpan? period = null) => this with { CpuRealtimeRuntime = runtime, CpuRealtimePeriod = period };

    /// <summary>Chooses the processors and memory nodes that may be used.</summary>
    /// <param name="processors">As in <c>0-2,5</c>; null: all.</param>
    /// <param name="memoryNodes">As in <c>0</c>; null: all.</param>
    public ContainerSpec WithCpuset(string? processors, string? memoryNodes = null) => this with { CpusetProcessors = processors, CpusetMemoryNodes = memoryNodes };

    /// <summary>Sets the relative weight when block devices are contended, 10 to 1000.</summary>
    public ContainerSpec WithIoWeight(int weight) => this with { IoWeight = weight };

    /// <summary>Sets the relative weight at a block device, 10 to 1000.</summary>
    public ContainerSpec WithIoDeviceWeight(string devicePath, int weight) => this with { IoDeviceWeights = IoDeviceWeights.Add(new IoDeviceWeight(devicePath, weight)) };

    /// <summary>Limits transfers from and to a block device.</summary>
    public ContainerSpec WithIoThrottle(IoThrottle throttle) => this with { IoThrottles = IoThrottles.Add(throttle) };

    /// <summary>Limits huge pages of one size.</summary>
    /// <param name="pageSize">As the kernel writes it: <c>2MB</c>.</param>
    /// <param name="limit">In bytes.</param>
    public ContainerSpec WithHugePageLimit(string pageSize, ByteSize limit) => this with { HugePageLimits = HugePageLimits.SetItem(pageSize, limit) };
}
