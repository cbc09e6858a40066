using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <summary>Limits, of create and of update.</summary>
internal static class ResourceMapper
{
    private const double NanoCpusPerCpu = 1e9;
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    private static readonly ByteSize SmallestMemory = ByteSize.MiB(6);

    /// <summary>Sets what the body asks for; what it leaves at nothing stays as the spec has it.</summary>
    internal static ContainerSpec Apply(ContainerSpec spec, ResourcesBody body)
    {
        RefuseWhatIsNotThere(body);
        Check(body);
        return spec with
        {
            MemoryLimit = Size(body.Memory) ?? spec.MemoryLimit,
            MemoryAndSwapLimit = body.MemorySwap == -1 ? new ByteSize(-1) : Size(body.MemorySwap) ?? spec.MemoryAndSwapLimit,
            MemoryReservation = Size(body.MemoryReservation) ?? spec.MemoryReservation,
            MemorySwappiness = body.MemorySwappiness is null or -1 ? spec.MemorySwappiness : checked((int)body.MemorySwappiness.Value),
            OomKillDisabled = body.OomKillDisable ?? spec.OomKillDisabled,
            CpuShares = body.CpuShares == 0 ? spec.CpuShares : body.CpuShares,
            CpuLimit = body.NanoCpus == 0 ? spec.CpuLimit : body.NanoCpus / NanoCpusPerCpu,
            CpuQuota = body.CpuQuota is 0 or -1 ? spec.CpuQuota : Microseconds(body.CpuQuota),
            CpuPeriod = Microseconds(body.CpuPeriod) ?? spec.CpuPeriod,
            CpuRealtimePeriod = Microseconds(body.CpuRealtimePeriod) ?? spec.CpuRealtimePeriod,
            CpuRealtimeRuntime = Microseconds(body.CpuRealtimeRuntime) ?? spec.CpuRealtimeRuntime,
            CpusetProcessors = string.IsNullOrEmpty(body.CpusetCpus) ? spec.CpusetProcessors : body.CpusetCpus,
            CpusetMemoryNodes = string.IsNullOrEmpty(body.CpusetMems) ? spec.CpusetMemoryNodes : body.CpusetMems,
            PidsLimit = body.PidsLimit is null or 0 ? spec.PidsLimit : body.PidsLimit == -1 ? null : body.PidsLimit,
            IoWeight = body.BlkioWeight == 0 ? spec.IoWeight : body.BlkioWeight,
            IoDeviceWeights = body.BlkioWeightDevice is { Count: > 0 } weights
                ? [.. weights.Select(weight => new IoDeviceWeight(Path(weight.Path), weight.Weight))]
                : spec.IoDeviceWeights,
            IoThrottles = Throttles(body) is { Count: > 0 } throttles ? [.. throttles] : spec.IoThrottles,
            Devices = body.Devices is { Count: > 0 } devices ? [.. devices.Select(Device)] : spec.Devices,
            DeviceRules = body.DeviceCgroupRules is { Count: > 0 } rules ? [.. rules] : spec.DeviceRules,
            Ulimits = body.Ulimits is { Count: > 0 } ulimits
                ? ulimits.ToImmutableSortedDictionary(limit => limit.Name ?? "", limit => new Ulimit(limit.Soft, limit.Hard), StringComparer.Ordinal)
                : spec.Ulimits,
        };
    }

    private static void RefuseWhatIsNotThere(ResourcesBody body)
    {
        Refuse(!string.IsNullOrEmpty(body.CgroupParent), "CgroupParent", "an engine has one parent for all of its cgroups, so that it finds what a crash has left");
        Refuse(body.DeviceRequests is { Count: > 0 }, "DeviceRequests", "there are no device drivers; a device file is given by Devices");
        Refuse(body.KernelMemory > 0, "KernelMemory", "the kernel has no limit of it since Linux 5.16");
        Refuse(body.KernelMemoryTCP > 0, "KernelMemoryTCP", "the kernel has no limit of it on cgroup v2");
        Refuse(body.CpuCount != 0, "CpuCount", "it is for Windows only");
        Refuse(body.CpuPercent != 0, "CpuPercent", "it is for Windows only");
        Refuse(body.IOMaximumIOps != 0, "IOMaximumIOps", "it is for Windows only");
        Refuse(body.IOMaximumBandwidth != 0, "IOMaximumBandwidth", "it is for Windows only");
    }

    /// <summary>In Docker's words, which clients and people know.</summary>
    private static void Check(ResourcesBody body)
    {
        if (body.Memory != 0 && body.Memory < SmallestMemory.Bytes)
            throw ApiException.BadRequest("Minimum memory limit allowed is 6MB");
        if (body.MemorySwap > 0 && body.Memory == 0)
            throw ApiException.BadRequest("You should always set the Memory limit when using Memoryswap limit");
        int processors = Environment.ProcessorCount;
        if (body.NanoCpus < 0 || body.NanoCpus > processors * NanoCpusPerCpu)
        {
            throw ApiException.BadRequest(string.Create(
                CultureInfo.InvariantCulture, $"Range of CPUs is from 0.01 to {processors}.00, as there are only {processors} CPUs available"));
        }

        if (body.MemorySwappiness is < -1 or > 100)
            throw ApiException.BadRequest($"Invalid value: {body.MemorySwappiness}, valid memory swappiness range is 0-100");
    }

    private static List<IoThrottle> Throttles(ResourcesBody body)
    {
        Dictionary<string, IoThrottle> throttles = new(StringComparer.Ordinal);
        Add(body.BlkioDeviceReadBps, static (throttle, rate) => throttle with { ReadBytes = new ByteSize(rate) });
        Add(body.BlkioDeviceWriteBps, static (throttle, rate) => throttle with { WriteBytes = new ByteSize(rate) });
        Add(body.BlkioDeviceReadIOps, static (throttle, rate) => throttle with { ReadOperations = rate });
        Add(body.BlkioDeviceWriteIOps, static (throttle, rate) => throttle with { WriteOperations = rate });
        return [.. throttles.Values];

        void Add(IReadOnlyList<ThrottleDeviceBody>? devices, Func<IoThrottle, long, IoThrottle> set)
        {
            foreach (ThrottleDeviceBody device in devices ?? [])
                throttles[Path(device.Path)] = set(throttles.GetValueOrDefault(Path(device.Path)) ?? new IoThrottle(Path(device.Path)), device.Rate);
        }
    }

    private static DeviceMapping Device(DeviceBody device)
    {
        string permissions = device.CgroupPermissions is { Length: > 0 } given ? given : "rwm";
        return string.IsNullOrEmpty(device.PathInContainer)
            ? DeviceMapping.Parse($"{Path(device.PathOnHost)}:{permissions}")
            : DeviceMapping.Parse($"{Path(device.PathOnHost)}:{device.PathInContainer}:{permissions}");
    }

    private static string Path(string? path) => string.IsNullOrEmpty(path) ? throw ApiException.BadRequest("the path of a device is missing") : path;

    private static ByteSize? Size(long bytes) => bytes switch
    {
        0 => null,
        < 0 => throw ApiException.BadRequest($"invalid value: {bytes} bytes; expected a number that is not negative"),
        _ => new ByteSize(bytes),
    };

    private static TimeSpan? Microseconds(long microseconds) => microseconds switch
    {
        0 => null,
        < 0 or > int.MaxValue => throw ApiException.BadRequest($"invalid value: {microseconds} microseconds"),
        _ => TimeSpan.FromTicks(microseconds * TicksPerMicrosecond),
    };

    private static void Refuse(bool isAskedFor, string field, string reason)
    {
        if (isAskedFor)
            throw ApiException.BadRequest($"HostConfig.{field} is not supported: {reason}.");
    }
}
