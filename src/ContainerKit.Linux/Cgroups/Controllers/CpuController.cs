using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>cpu: Documentation/admin-guide/cgroup-v2.rst "CPU", scheduler/sched-bwc.rst.</summary>
internal sealed class CpuController : ResourceController
{
    internal const long Period = 100_000;
    private const long DefaultShares = 1024;

    private static readonly TimeSpan s_millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    internal override CgroupController Kind => CgroupController.Cpu;

    internal override bool IsNeeded(CgroupLimits limits)
        => limits.Processors is not null || limits.CpuShares is not null || limits.CpuQuota is not null || limits.CpuPeriod is not null
            || limits.CpuRealtimeRuntime is not null || limits.CpuRealtimePeriod is not null;

    internal override void Validate(CgroupLimits limits)
    {
        // The kernel's least quota is 1 ms; written so that NaN fails too.
        if (limits.Processors is { } processors && !(processors is >= 0.01 and <= 65536))
            throw OutOfRange(nameof(CgroupLimits.Processors), processors.ToString(CultureInfo.InvariantCulture), "0.01 to 65536");
        if (limits.Processors is not null && (limits.CpuQuota is not null || limits.CpuPeriod is not null))
            throw OutOfRange(nameof(CgroupLimits.CpuQuota), $"{limits.CpuQuota} in {limits.CpuPeriod}", $"not together with {nameof(CgroupLimits.Processors)}, which is a quota itself");
        if (limits.CpuQuota is { } quota && quota < s_millisecond)
            throw OutOfRange(nameof(CgroupLimits.CpuQuota), quota, "at least 1 ms");
        if (limits.CpuPeriod is { } period && (period < s_millisecond || period > s_second))
            throw OutOfRange(nameof(CgroupLimits.CpuPeriod), period, "1 ms to 1 s");
        ValidateRealtime(limits);
        if (limits.CpuShares is { } shares and not (>= 2 and <= 262144))
            throw OutOfRange(nameof(CgroupLimits.CpuShares), shares, "2 to 262144");
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        if (previous is null || (limits.Processors, limits.CpuQuota, limits.CpuPeriod) != (previous.Processors, previous.CpuQuota, previous.CpuPeriod))
            ApplyQuota(directory, QuotaOf(limits), limits.CpuPeriod is { } period ? Microseconds(period) : Period);
        if ((limits.CpuRealtimeRuntime, limits.CpuRealtimePeriod) != (previous?.CpuRealtimeRuntime, previous?.CpuRealtimePeriod))
            ApplyRealtime(directory, limits);
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

    private static long? QuotaOf(CgroupLimits limits)
        => limits.CpuQuota is { } quota ? Microseconds(quota) : limits.Processors is { } processors ? (long)Math.Round(processors * Period) : null;

    private static void ValidateRealtime(CgroupLimits limits)
    {
        TimeSpan period = limits.CpuRealtimePeriod ?? s_second;
        if (period < s_millisecond || period > s_second)
            throw OutOfRange(nameof(CgroupLimits.CpuRealtimePeriod), period, "1 ms to 1 s");
        if (limits.CpuRealtimeRuntime is { } runtime && (runtime < TimeSpan.Zero || runtime > period))
            throw OutOfRange(nameof(CgroupLimits.CpuRealtimeRuntime), runtime, $"0 to {nameof(CgroupLimits.CpuRealtimePeriod)}, {period}");
    }

    /// <summary>A cgroup has as much of it as its parent gives, so our own parent asks for the same first.</summary>
    private static void ApplyRealtime(CgroupDirectory directory, CgroupLimits limits)
    {
        if (directory.Version == CgroupVersion.V2 || !directory.Has("cpu.rt_runtime_us"))
        {
            string missing = directory.Version == CgroupVersion.V2 ? "version 2 of cgroups, which this host uses, does not have it" : "the kernel lacks CONFIG_RT_GROUP_SCHED";
            throw new CgroupUnavailableException($"{nameof(CgroupLimits.CpuRealtimeRuntime)} can't be enforced: {missing}. Leave it out.");
        }

        long runtime = limits.CpuRealtimeRuntime is { } time ? Microseconds(time) : 0;
        long period = Microseconds(limits.CpuRealtimePeriod ?? s_second);
        CgroupDirectory parent = directory.Parent;
        long available = parent.ReadNumber("cpu.rt_runtime_us") ?? 0;
        if (available < runtime && parent.Parent.ReadNumber("cpu.rt_runtime_us") is { } offered and > 0)
            parent.TryWrite("cpu.rt_runtime_us", Math.Max(Math.Min(offered, runtime), available).ToString(CultureInfo.InvariantCulture));
        directory.Write("cpu.rt_runtime_us", 0); // so that a shorter period does not exceed what is there
        directory.Write("cpu.rt_period_us", period);
        Errno error = directory.TryWrite("cpu.rt_runtime_us", runtime.ToString(CultureInfo.InvariantCulture));
        if (error != Errno.None)
        {
            throw new CgroupUnavailableException(
                $"{nameof(CgroupLimits.CpuRealtimeRuntime)} {limits.CpuRealtimeRuntime} can't be enforced: {parent.File("cpu.rt_runtime_us")} gives "
                + $"{parent.ReadNumber("cpu.rt_runtime_us")} microseconds for all of its cgroups ({error}). Give it more, or ask for less.");
        }
    }

    private static void ApplyQuota(CgroupDirectory directory, long? quota, long period)
    {
        if (directory.Version == CgroupVersion.V2)
        {
            string allowed = quota?.ToString(CultureInfo.InvariantCulture) ?? "max";
            directory.Write("cpu.max", string.Create(CultureInfo.InvariantCulture, $"{allowed} {period}"));
            return;
        }

        directory.Write("cpu.cfs_quota_us", -1L); // so that no period is too short for the old quota
        directory.Write("cpu.cfs_period_us", period);
        directory.Write("cpu.cfs_quota_us", quota ?? -1);
    }

    private static void ApplyShares(CgroupDirectory directory, long shares)
    {
        if (directory.Version == CgroupVersion.V1)
            directory.Write("cpu.shares", shares);
        else
            directory.Write("cpu.weight", shares == DefaultShares ? 100 : 1 + ((shares - 2) * 9999 / 262142)); // 2…262144 onto 1…10000
    }

    private static long Microseconds(TimeSpan value) => value.Ticks / TimeSpan.TicksPerMicrosecond;

    private static TimeSpan Microseconds(long value) => new(Math.Min(value, long.MaxValue / 10) * TimeSpan.TicksPerMicrosecond);

    private static TimeSpan Nanoseconds(long value) => new(value / TimeSpan.NanosecondsPerTick);
}
