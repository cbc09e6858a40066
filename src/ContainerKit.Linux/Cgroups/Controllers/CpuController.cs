using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>cpu: Documentation/admin-guide/cgroup-v2.rst "CPU", scheduler/sched-bwc.rst.</summary>
internal sealed class CpuController : ResourceController
{
    internal const long Period = 100_000;
    private const long DefaultShares = 1024;

    internal override CgroupController Kind => CgroupController.Cpu;

    internal override bool IsNeeded(CgroupLimits limits) => limits.Processors is not null || limits.CpuShares is not null;

    internal override void Validate(CgroupLimits limits)
    {
        // The kernel's least quota is 1 ms; written so that NaN fails too.
        if (limits.Processors is { } processors && !(processors is >= 0.01 and <= 65536))
            throw OutOfRange(nameof(CgroupLimits.Processors), processors.ToString(CultureInfo.InvariantCulture), "0.01 to 65536");
        if (limits.CpuShares is { } shares and not (>= 2 and <= 262144))
            throw OutOfRange(nameof(CgroupLimits.CpuShares), shares, "2 to 262144");
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        if (previous is null || limits.Processors != previous.Processors)
            ApplyQuota(directory, limits.Processors is { } processors ? (long)Math.Round(processors * Period) : null);
        if (previous is null || limits.CpuShares != previous.CpuShares)
            ApplyShares(directory, limits.CpuShares ?? DefaultShares);
    }

    /// <summary>Time from the version 2 core, which counts it with and without the controller; throttling is the controller's.</summary>
    internal static CgroupCpuUsage? ReadUnified(CgroupDirectory directory)
    {
        if (directory.ReadKey("cpu.stat", "usage_usec") is not { } total)
            return null;

        return new CgroupCpuUsage(
            Microseconds(total),
            Microseconds(directory.ReadKey("cpu.stat", "user_usec") ?? 0),
            Microseconds(directory.ReadKey("cpu.stat", "system_usec") ?? 0),
            directory.ReadKey("cpu.stat", "nr_throttled") ?? 0,
            Microseconds(directory.ReadKey("cpu.stat", "throttled_usec") ?? 0));
    }

    /// <summary>Time from cpuacct and throttling from cpu, either of which may be absent. Both count nanoseconds.</summary>
    internal static CgroupCpuUsage? ReadLegacy(CgroupDirectory? accounting, CgroupDirectory? quota)
    {
        if (accounting?.ReadNumber("cpuacct.usage") is not { } total)
            return null;

        return new CgroupCpuUsage(
            Nanoseconds(total),
            Nanoseconds(accounting.ReadNumber("cpuacct.usage_user") ?? 0),
            Nanoseconds(accounting.ReadNumber("cpuacct.usage_sys") ?? 0),
            quota?.ReadKey("cpu.stat", "nr_throttled") ?? 0,
            Nanoseconds(quota?.ReadKey("cpu.stat", "throttled_time") ?? 0));
    }

    /// <summary>On hybrid hosts the quota is version 1's, which counts nanoseconds.</summary>
    internal static CgroupCpuUsage? WithLegacyThrottling(CgroupCpuUsage? usage, CgroupDirectory? quota) => usage is null || quota is null
        ? usage
        : usage with
        {
            ThrottledPeriods = quota.ReadKey("cpu.stat", "nr_throttled") ?? 0,
            Throttled = Nanoseconds(quota.ReadKey("cpu.stat", "throttled_time") ?? 0),
        };

    private static void ApplyQuota(CgroupDirectory directory, long? quota)
    {
        if (directory.Version == CgroupVersion.V2)
        {
            string allowed = quota?.ToString(CultureInfo.InvariantCulture) ?? "max";
            directory.Write("cpu.max", string.Create(CultureInfo.InvariantCulture, $"{allowed} {Period}"));
            return;
        }

        directory.Write("cpu.cfs_period_us", Period);
        directory.Write("cpu.cfs_quota_us", quota ?? -1);
    }

    private static void ApplyShares(CgroupDirectory directory, long shares)
    {
        if (directory.Version == CgroupVersion.V1)
            directory.Write("cpu.shares", shares);
        else
            directory.Write("cpu.weight", shares == DefaultShares ? 100 : 1 + ((shares - 2) * 9999 / 262142)); // 2…262144 onto 1…10000
    }

    private static TimeSpan Microseconds(long value) => new(Math.Min(value, long.MaxValue / 10) * TimeSpan.TicksPerMicrosecond);

    private static TimeSpan Nanoseconds(long value) => new(value / TimeSpan.NanosecondsPerTick);
}
