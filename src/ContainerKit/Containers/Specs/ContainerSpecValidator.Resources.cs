using System.Globalization;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.Specs;

/// <content>Limits of resources.</content>
internal static partial class ContainerSpecValidator
{
    private const int MaximumSwappiness = 100;
    private const int MinimumIoWeight = 10;
    private const int MaximumIoWeight = 1000;
    private const int MinimumShares = 2;
    private const int MaximumShares = 262_144;

    private static readonly TimeSpan s_millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private static void ValidateResources(ContainerSpec spec)
    {
        ValidateMemory(spec);
        ValidateProcessors(spec);
        ValidateSet(spec.CpusetProcessors, nameof(spec.CpusetProcessors), "/sys/devices/system/cpu/online");
        ValidateSet(spec.CpusetMemoryNodes, nameof(spec.CpusetMemoryNodes), "/sys/devices/system/node/online");
        ValidateIo(spec);
        foreach ((string size, ByteSize limit) in spec.HugePageLimits)
        {
            Require(size.Length > 2 && size[^2..] is "KB" or "MB" or "GB" && size[..^2].All(char.IsAsciiDigit), nameof(spec.HugePageLimits), size, "a page size of the kernel such as 2MB or 1GB");
            Require(limit.Bytes >= 0, $"{nameof(spec.HugePageLimits)} {size}", limit, "a size that is not negative");
        }
    }

    private static void ValidateMemory(ContainerSpec spec)
    {
        long? memory = spec.MemoryLimit?.Bytes;
        Require(
            spec.MemoryAndSwapLimit is null || (memory is not null && (spec.MemoryAndSwapLimit.Value.Bytes == -1 || spec.MemoryAndSwapLimit.Value.Bytes >= memory)),
            nameof(spec.MemoryAndSwapLimit), spec.MemoryAndSwapLimit, $"at least {nameof(spec.MemoryLimit)}, which has to be set, or -1 bytes for unlimited swap");
        Require(
            spec.MemoryReservation is null || (spec.MemoryReservation.Value.Bytes >= MinimumMemory && (memory is null || spec.MemoryReservation.Value.Bytes <= memory)),
            nameof(spec.MemoryReservation), spec.MemoryReservation, $"6MiB to {nameof(spec.MemoryLimit)}");
        Require(spec.MemorySwappiness is null or (>= 0 and <= MaximumSwappiness), nameof(spec.MemorySwappiness), spec.MemorySwappiness, "0 to 100");
        Require(!spec.OomKillDisabled || memory is not null, nameof(spec.OomKillDisabled), spec.OomKillDisabled, $"true only with {nameof(spec.MemoryLimit)}, or the machine could run out of memory");
    }

    private static void ValidateProcessors(ContainerSpec spec)
    {
        Require(spec.CpuShares is null or (>= MinimumShares and <= MaximumShares), nameof(spec.CpuShares), spec.CpuShares, $"{MinimumShares} to {MaximumShares}");
        Require(spec.CpuQuota is null || spec.CpuQuota >= s_millisecond, nameof(spec.CpuQuota), spec.CpuQuota, "at least 1 ms");
        Require(spec.CpuQuota is null || spec.CpuLimit is null, nameof(spec.CpuQuota), spec.CpuQuota, $"no quota together with {nameof(spec.CpuLimit)}, which is one");
        Require(spec.CpuPeriod is null || (spec.CpuPeriod >= s_millisecond && spec.CpuPeriod <= s_second), nameof(spec.CpuPeriod), spec.CpuPeriod, "1 ms to 1 s");
        Require(spec.CpuPeriod is null || spec.CpuLimit is null, nameof(spec.CpuPeriod), spec.CpuPeriod, $"no period together with {nameof(spec.CpuLimit)}");
        TimeSpan period = spec.CpuRealtimePeriod ?? s_second;
        Require(period >= s_millisecond && period <= s_second, nameof(spec.CpuRealtimePeriod), spec.CpuRealtimePeriod, "1 ms to 1 s");
        Require(
            spec.CpuRealtimeRuntime is null || (spec.CpuRealtimeRuntime >= TimeSpan.Zero && spec.CpuRealtimeRuntime <= period),
            nameof(spec.CpuRealtimeRuntime), spec.CpuRealtimeRuntime, $"0 to {nameof(spec.CpuRealtimePeriod)}");
    }

    private static void ValidateIo(ContainerSpec spec)
    {
        Require(spec.IoWeight is null or (>= MinimumIoWeight and <= MaximumIoWeight), nameof(spec.IoWeight), spec.IoWeight, $"{MinimumIoWeight} to {MaximumIoWeight}");
        HashSet<string> weighted = new(StringComparer.Ordinal);
        foreach (IoDeviceWeight weight in spec.IoDeviceWeights)
        {
            RequireDisk(weight.DevicePath, weighted, nameof(spec.IoDeviceWeights));
            Require(weight.Weight is >= MinimumIoWeight and <= MaximumIoWeight, $"{nameof(spec.IoDeviceWeights)} {weight.DevicePath}", weight.Weight, $"{MinimumIoWeight} to {MaximumIoWeight}");
        }

        HashSet<string> throttled = new(StringComparer.Ordinal);
        foreach (IoThrottle throttle in spec.IoThrottles)
        {
            RequireDisk(throttle.DevicePath, throttled, nameof(spec.IoThrottles));
            foreach (long? limit in (long?[])[throttle.ReadBytes?.Bytes, throttle.WriteBytes?.Bytes, throttle.ReadOperations, throttle.WriteOperations])
                Require(limit is null or > 0, $"{nameof(spec.IoThrottles)} {throttle.DevicePath}", limit, "at least 1 a second");
        }
    }

    private static void RequireDisk(string path, HashSet<string> seen, string option)
        => Require(!string.IsNullOrEmpty(path) && !path.Contains('\0') && ContainerLimits.FindDisk(path) is not null && seen.Add(path), option, path, "a block device of the host, once");

    /// <summary>The kernel's own refusal would come when the container's cgroup exists already.</summary>
    private static void ValidateSet(string? list, string option, string onlineFile)
    {
        if (list is null)
            return;
        SortedSet<int>? asked = ParseSet(list);
        Require(asked is not null, option, list, "numbers and ascending ranges as in 0-2,5");
        string online = File.Exists(onlineFile) ? File.ReadAllText(onlineFile).Trim() : list;
        Require(asked!.IsSubsetOf(ParseSet(online) ?? []), option, list, $"some of those that this machine has, {online}");
    }

    private static SortedSet<int>? ParseSet(string list)
    {
        SortedSet<int> numbers = [];
        foreach (string range in list.Split(','))
        {
            string[] ends = range.Split('-');
            if (ends.Length > 2
                || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
                || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last)
                || first > last)
                return null;
            numbers.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return numbers;
    }
}
