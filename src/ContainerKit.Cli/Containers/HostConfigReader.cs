using System.Globalization;
using System.Text;
using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary>The flags of how a container runs on its machine.</summary>
internal static class HostConfigReader
{
    public static HostConfigBody Read(CommandInvocation invocation, Dictionary<string, IReadOnlyList<PortBindingBody>?> bindings)
    {
        string? driver = invocation.Value("log-driver");
        return ReadIsolation(invocation, ReadResources(invocation)) with
        {
            Binds = VolumeFlags.Binds(invocation),
            Mounts = invocation.Has("mount") ? [.. invocation.Values("mount").Select(text => MountFlag.Read(invocation, text))] : null,
            Tmpfs = invocation.Has("tmpfs") ? invocation.Values("tmpfs").Select(text => text.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts.Length > 1 ? parts[1] : "", StringComparer.Ordinal) : null,
            VolumesFrom = List(invocation, "volumes-from"),
            VolumeDriver = invocation.Value("volume-driver"),
            ContainerIDFile = invocation.Value("cidfile"),
            LogConfig = driver is null && !invocation.Has("log-opt") ? null : new LogConfigBody(driver ?? "", FlagText.Map(invocation.Values("log-opt")) ?? []),
            NetworkMode = NetworkFlags.Mode(invocation),
            PortBindings = bindings.Count > 0 ? bindings : null,
            PublishAllPorts = invocation.IsSet("publish-all"),
            Dns = List(invocation, "dns"),
            DnsOptions = List(invocation, "dns-option"),
            DnsSearch = List(invocation, "dns-search"),
            ExtraHosts = [.. invocation.Values("add-host").Select(text => ReadHost(invocation, text))],
            Links = List(invocation, "link"),
            Annotations = FlagText.Map(invocation.Values("annotation")),
            AutoRemove = invocation.IsSet("rm"),
            RestartPolicy = RestartFlag.Read(invocation),
            ShmSize = invocation.Bytes("shm-size"),
            Init = invocation.Has("init") ? invocation.IsSet("init") : null,
            OomScoreAdj = invocation.Number("oom-score-adj") ?? 0,
            StorageOpt = FlagText.Map(invocation.Values("storage-opt")),
            Runtime = invocation.Value("runtime"),
            Isolation = invocation.Value("isolation"),
        };
    }

    /// <summary>The flags that update has, too.</summary>
    internal static HostConfigBody ReadResources(CommandInvocation invocation) => new()
    {
        BlkioWeight = invocation.Number("blkio-weight") ?? 0,
        CpuPeriod = invocation.Whole("cpu-period"),
        CpuQuota = invocation.Whole("cpu-quota"),
        CpuShares = invocation.Whole("cpu-shares"),
        NanoCpus = invocation.Value("cpus") is not string cpus ? 0
            : decimal.TryParse(cpus, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal processors) && processors < 1_000_000 ? (long)(processors * 1_000_000_000)
            : throw invocation.Invalid("cpus", cpus, "a number such as 1.5 is wanted"),
        CpusetCpus = invocation.Value("cpuset-cpus"),
        CpusetMems = invocation.Value("cpuset-mems"),
        Memory = invocation.Bytes("memory"),
        MemoryReservation = invocation.Bytes("memory-reservation"),
        MemorySwap = invocation.Bytes("memory-swap"),
        PidsLimit = invocation.Has("pids-limit") ? invocation.Whole("pids-limit") : null,
    };

    private static HostConfigBody ReadIsolation(CommandInvocation invocation, HostConfigBody resources) => resources with
    {
        BlkioWeightDevice = invocation.Has("blkio-weight-device")
            ? [.. invocation.Values("blkio-weight-device").Select(text => AtDevice(invocation, "blkio-weight-device", text)).Select(each => new WeightDeviceBody(each.Path, (int)each.Rate))] : null,
        BlkioDeviceReadBps = Throttles(invocation, "device-read-bps"),
        BlkioDeviceWriteBps = Throttles(invocation, "device-write-bps"),
        BlkioDeviceReadIOps = Throttles(invocation, "device-read-iops"),
        BlkioDeviceWriteIOps = Throttles(invocation, "device-write-iops"),
        CgroupParent = invocation.Value("cgroup-parent"),
        DeviceCgroupRules = List(invocation, "device-cgroup-rule"),
        Devices = invocation.Has("device") ? [.. invocation.Values("device").Select(ReadDevice)] : null,
        MemorySwappiness = invocation.Has("memory-swappiness") ? invocation.Whole("memory-swappiness") : null,
        OomKillDisable = invocation.IsSet("oom-kill-disable") ? true : null,
        Ulimits = invocation.Has("ulimit") ? [.. invocation.Values("ulimit").Select(text => ReadUlimit(invocation, text))] : null,
        CapAdd = List(invocation, "cap-add"),
        CapDrop = List(invocation, "cap-drop"),
        CgroupnsMode = invocation.Value("cgroupns"),
        IpcMode = invocation.Value("ipc"),
        PidMode = invocation.Value("pid"),
        UTSMode = invocation.Value("uts"),
        UsernsMode = invocation.Value("userns"),
        Privileged = invocation.IsSet("privileged"),
        ReadonlyRootfs = invocation.IsSet("read-only"),
        SecurityOpt = [.. invocation.Values("security-opt").Select(text => ReadSecurity(invocation, text))],
        GroupAdd = List(invocation, "group-add"),
        Sysctls = FlagText.Map(invocation.Values("sysctl")),
    };

    private static IReadOnlyList<string>? List(CommandInvocation invocation, string flag) => invocation.Has(flag) ? invocation.Values(flag) : null;

    /// <summary>Addresses of IPv6 have colons themselves.</summary>
    private static string ReadHost(CommandInvocation invocation, string text)
        => text.IndexOfAny([':', '=']) is var separator and > 0 ? $"{text[..separator]}:{text[(separator + 1)..].Trim('[', ']')}" : throw invocation.Invalid("add-host", text, "name:address is wanted");

    private static DeviceBody ReadDevice(string text)
    {
        // HOST[:CONTAINER[:PERMISSIONS]]; what has no slash in second place is permissions.
        string[] parts = text.Split(':');
        return parts switch
        {
            [var host] => new DeviceBody(host, host, "rwm"),
            [var host, ['/', ..] inside] => new DeviceBody(host, inside, "rwm"),
            [var host, var permissions] => new DeviceBody(host, host, permissions),
            [var host, var inside, var permissions] => new DeviceBody(host, inside, permissions),
            _ => new DeviceBody(text, text, "rwm"),
        };
    }

    private static UlimitBody ReadUlimit(CommandInvocation invocation, string text)
    {
        (string name, string value) = FlagText.Pair(text);
        string[] bounds = value.Split(':');
        return bounds.Length <= 2 && long.TryParse(bounds[0], CultureInfo.InvariantCulture, out long soft) && long.TryParse(bounds[^1], CultureInfo.InvariantCulture, out long hard)
            ? new UlimitBody(name, soft, hard)
            : throw invocation.Invalid("ulimit", text, "name=soft[:hard] is wanted");
    }

    private static List<ThrottleDeviceBody>? Throttles(CommandInvocation invocation, string flag)
        => invocation.Has(flag) ? [.. invocation.Values(flag).Select(text => AtDevice(invocation, flag, text)).Select(each => new ThrottleDeviceBody(each.Path, each.Rate))] : null;

    private static (string Path, long Rate) AtDevice(CommandInvocation invocation, string flag, string text)
        => text.LastIndexOf(':') is var colon and > 0 && ByteSize.TryParse(text.AsSpan(colon + 1), out ByteSize rate) ? (text[..colon], rate.Bytes) : throw invocation.Invalid(flag, text, "PATH:NUMBER is wanted");

    /// <summary>A profile is a file of this machine, its content goes to the engine.</summary>
    private static string ReadSecurity(CommandInvocation invocation, string text)
    {
        const string seccomp = "seccomp";
        (string name, string value) = text.Contains('=', StringComparison.Ordinal) ? FlagText.Pair(text) : text.Split(':', 2) is [var key, var rest] ? (key, rest) : (text, "");
        if (name != seccomp || value is "unconfined" or "builtin" or ['{', ..])
            return text;
        return File.Exists(value) ? $"{seccomp}={File.ReadAllText(value, Encoding.UTF8)}" : throw invocation.Invalid("security-opt", text, $"there is no file {value}");
    }
}
