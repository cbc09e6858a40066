namespace ContainerKit.Linux.Cgroups;

/// <summary>Memory of a cgroup and its descendants.</summary>
/// <param name="Bytes">Memory charged, page cache included (<c>memory.current</c>).</param>
/// <param name="InactiveFileBytes">Page cache that is not in use; <c>docker stats</c> subtracts it.</param>
/// <param name="LimitBytes">The limit, or null.</param>
/// <param name="OomKills">Processes that the kernel killed because the limit was reached.</param>
public sealed record CgroupMemoryUsage(long Bytes, long InactiveFileBytes, long? LimitBytes, long OomKills);

/// <summary>Processor time of a cgroup and its descendants since it was created.</summary>
/// <param name="Total">User and system time.</param>
/// <param name="User">Time in user space.</param>
/// <param name="System">Time in the kernel.</param>
/// <param name="ThrottledPeriods">Periods of 100 ms in which the quota was used up.</param>
/// <param name="Throttled">Time spent waiting for the next period, summed over processors.</param>
public sealed record CgroupCpuUsage(TimeSpan Total, TimeSpan User, TimeSpan System, long ThrottledPeriods, TimeSpan Throttled);
