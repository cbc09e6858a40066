using System.Collections.Immutable;
using System.Globalization;

namespace ContainerKit.Linux.Cgroups.Controllers;

/// <summary>io of version 2 and blkio of version 1: Documentation/admin-guide/cgroup-v2.rst "IO", cgroup-v1/blkio-controller.rst.</summary>
internal sealed class IoController : ResourceController
{
    private const int DefaultWeight = 100;

    /// <summary>Docker's range, which both versions can express.</summary>
    private const int MinimumWeight = 10, MaximumWeight = 1000;

    // The first that is there is written: with and without the BFQ scheduler, older and newer kernels.
    private static readonly string[] s_legacyWeights = ["blkio.weight", "blkio.bfq.weight"];
    private static readonly string[] s_unifiedWeights = ["io.bfq.weight", "io.weight"];

    internal override CgroupController Kind => CgroupController.Io;

    internal override bool IsNeeded(CgroupLimits limits)
        => limits.IoWeight is not null || !limits.IoDeviceWeights.IsEmpty || !limits.IoThrottles.IsEmpty;

    internal override void Validate(CgroupLimits limits)
    {
        if (limits.IoWeight is { } weight and not (>= MinimumWeight and <= MaximumWeight))
            throw OutOfRange(nameof(CgroupLimits.IoWeight), weight, "10 to 1000");
        foreach (CgroupIoWeight device in limits.IoDeviceWeights)
        {
            ValidateDevice(nameof(CgroupLimits.IoDeviceWeights), device.Major, device.Minor);
            if (device.Weight is not (>= MinimumWeight and <= MaximumWeight))
                throw OutOfRange(nameof(CgroupLimits.IoDeviceWeights), device.Weight, "10 to 1000");
        }

        foreach (CgroupIoThrottle throttle in limits.IoThrottles)
        {
            ValidateDevice(nameof(CgroupLimits.IoThrottles), throttle.Major, throttle.Minor);
            if (throttle.Values.Any(value => value.Value is <= 0))
                throw OutOfRange(nameof(CgroupLimits.IoThrottles), throttle.Values.First(value => value.Value is <= 0).Value!, "at least 1");
        }
    }

    internal override void Apply(CgroupDirectory directory, CgroupLimits limits, CgroupLimits? previous)
    {
        if (previous is null || limits.IoWeight != previous.IoWeight)
            ApplyWeight(directory, limits.IoWeight);
        if (previous is null || !limits.IoDeviceWeights.SequenceEqual(previous.IoDeviceWeights))
            ApplyDeviceWeights(directory, limits.IoDeviceWeights, previous?.IoDeviceWeights ?? []);
        if (previous is null || !limits.IoThrottles.SequenceEqual(previous.IoThrottles))
            ApplyThrottles(directory, limits.IoThrottles, previous?.IoThrottles ?? []);
    }

    private static void ApplyWeight(CgroupDirectory directory, int? weight)
    {
        string? file = FindWeightFile(directory);
        if (file is null && weight is null)
            return;
        if (file is null)
            throw NoWeights(directory, nameof(CgroupLimits.IoWeight));
        directory.Write(file, Scale(file, weight ?? DefaultWeight));
    }

    private static void ApplyDeviceWeights(CgroupDirectory directory, ImmutableArray<CgroupIoWeight> weights, ImmutableArray<CgroupIoWeight> previous)
    {
        string? file = FindWeightFile(directory);
        string? deviceFile = directory.Version == CgroupVersion.V2 ? file : file + "_device";
        if (weights.IsEmpty && previous.IsEmpty)
            return;
        if (file is null || !directory.Has(deviceFile!))
            throw NoWeights(directory, nameof(CgroupLimits.IoDeviceWeights));
        foreach (CgroupIoWeight lifted in previous.Where(old => weights.All(w => (w.Major, w.Minor) != (old.Major, old.Minor))))
            directory.Write(deviceFile!, string.Create(CultureInfo.InvariantCulture, $"{lifted.Major}:{lifted.Minor} {(directory.Version == CgroupVersion.V2 ? "default" : "0")}"));
        foreach (CgroupIoWeight weight in weights)
            directory.Write(deviceFile!, string.Create(CultureInfo.InvariantCulture, $"{weight.Major}:{weight.Minor} {Scale(file, weight.Weight)}"));
    }

    private static void ApplyThrottles(CgroupDirectory directory, ImmutableArray<CgroupIoThrottle> throttles, ImmutableArray<CgroupIoThrottle> previous)
    {
        foreach (CgroupIoThrottle lifted in previous.Where(old => throttles.All(t => (t.Major, t.Minor) != (old.Major, old.Minor))))
            Write(directory, new CgroupIoThrottle(lifted.Major, lifted.Minor), lifted);
        foreach (CgroupIoThrottle throttle in throttles)
            Write(directory, throttle, previous.FirstOrDefault(old => (old.Major, old.Minor) == (throttle.Major, throttle.Minor)));
    }

    private static void Write(CgroupDirectory directory, CgroupIoThrottle throttle, CgroupIoThrottle? previous)
    {
        string device = string.Create(CultureInfo.InvariantCulture, $"{throttle.Major}:{throttle.Minor}");
        if (directory.Version == CgroupVersion.V2)
        {
            string values = string.Join(' ', throttle.Values.Select(v => $"{v.UnifiedKey}={v.Value?.ToString(CultureInfo.InvariantCulture) ?? "max"}"));
            directory.Write("io.max", $"{device} {values}");
            return;
        }

        // 0 lifts a limit of version 1. A device without one is not written: the kernel looks up each device that is named.
        foreach ((CgroupIoThrottle.Limit limit, CgroupIoThrottle.Limit old) in throttle.Values.Zip((previous ?? throttle).Values))
        {
            if (limit.Value is not null || (previous is not null && old.Value is not null))
                directory.Write(limit.LegacyFile, string.Create(CultureInfo.InvariantCulture, $"{device} {limit.Value ?? 0}"));
        }
    }

    private static string? FindWeightFile(CgroupDirectory directory)
        => (directory.Version == CgroupVersion.V2 ? s_unifiedWeights : s_legacyWeights).FirstOrDefault(directory.Has);

    /// <summary>io.weight of version 2 goes from 1 to 10000; the others take 10 to 1000 as they are.</summary>
    private static long Scale(string file, int weight) => file == "io.weight" ? 1 + ((weight - MinimumWeight) * 9999L / (MaximumWeight - MinimumWeight)) : weight;

    private static CgroupUnavailableException NoWeights(CgroupDirectory directory, string option) => new(
        $"{option} can't be enforced: {directory.Path} has no weights. They need an I/O scheduler that knows them: bfq "
        + "(/sys/block/*/queue/scheduler, CONFIG_BFQ_GROUP_IOSCHED), or io.cost on version 2.");

    private static void ValidateDevice(string option, int major, int minor)
    {
        if (major is < 0 or >= 1 << 12 || minor is < 0 or >= 1 << 20)
            throw OutOfRange(option, $"{major}:{minor}", "a block device");
    }
}
