using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.SystemInfo;

namespace ContainerKit.DockerApi.Containers;

/// <summary>The HostConfig of a container, from its spec: also of one that was not made through this API.</summary>
internal static class HostConfigMapper
{
    private const double NanoCpusPerCpu = 1e9;

    private static readonly ByteSize DefaultSharedMemory = ByteSize.MiB(64);

    internal static HostConfigBody Map(ContainerSpec spec) => new()
    {
        Binds = NullIfEmpty([.. spec.Binds.Select(Bind), .. spec.Volumes.Where(volume => volume.Name is not null).Select(Volume)]),
        ContainerIDFile = "",
        LogConfig = Log(spec.Log),
        NetworkMode = NetworkMode(spec),
        PortBindings = Ports(spec),
        RestartPolicy = new RestartPolicyBody(spec.RestartPolicy.ToString().Split(':')[0], spec.RestartPolicy.MaximumRetries),
        AutoRemove = spec.AutoRemove,
        VolumeDriver = "",
        VolumesFrom = NullIfEmpty(spec.VolumesFrom),
        ConsoleSize = [spec.TerminalSize?.Rows ?? 0, spec.TerminalSize?.Columns ?? 0],
        Annotations = spec.Annotations.IsEmpty ? null : spec.Annotations,
        CapAdd = NullIfEmpty(spec.AddedCapabilities),
        CapDrop = NullIfEmpty(spec.DroppedCapabilities),
        CgroupnsMode = spec.CgroupNamespace.ToString(),
        Dns = spec.DnsServers,
        DnsOptions = spec.DnsOptions,
        DnsSearch = spec.DnsSearch,
        ExtraHosts = NullIfEmpty(spec.ExtraHosts),
        GroupAdd = NullIfEmpty(spec.AdditionalGroups),
        IpcMode = spec.IpcNamespace.ToString(),
        Cgroup = "",
        OomScoreAdj = spec.OomScoreAdjustment ?? 0,
        PidMode = Namespace(spec.PidNamespace),
        Privileged = spec.Privileged,
        PublishAllPorts = spec.PublishAllPorts,
        ReadonlyRootfs = spec.ReadOnlyRoot,
        SecurityOpt = NullIfEmpty([.. SecurityOptions(spec)]),
        Tmpfs = spec.Tmpfs.IsEmpty ? null : spec.Tmpfs.ToDictionary(tmpfs => tmpfs.Target, Tmpfs),
        UTSMode = Namespace(spec.UtsNamespace),
        UsernsMode = "",
        ShmSize = (spec.SharedMemorySize ?? DefaultSharedMemory).Bytes,
        Sysctls = spec.Sysctls.IsEmpty ? null : spec.Sysctls,
        Runtime = SystemEndpoints.RuntimeName,
        Isolation = "",
        Init = spec.Init ? true : null,
        MaskedPaths = spec.MaskedPaths,
        ReadonlyPaths = spec.ReadOnlyPaths,
        CpuShares = spec.CpuShares ?? 0,
        Memory = spec.MemoryLimit?.Bytes ?? 0,
        NanoCpus = (long)Math.Round((spec.CpuLimit ?? 0) * NanoCpusPerCpu),
        CgroupParent = "",
        BlkioWeight = spec.IoWeight ?? 0,
        BlkioWeightDevice = NullIfEmpty([.. spec.IoDeviceWeights.Select(weight => new WeightDeviceBody(weight.DevicePath, weight.Weight))]),
        BlkioDeviceReadBps = Throttles(spec, throttle => throttle.ReadBytes?.Bytes),
        BlkioDeviceWriteBps = Throttles(spec, throttle => throttle.WriteBytes?.Bytes),
        BlkioDeviceReadIOps = Throttles(spec, throttle => throttle.ReadOperations),
        BlkioDeviceWriteIOps = Throttles(spec, throttle => throttle.WriteOperations),
        CpuPeriod = Microseconds(spec.CpuPeriod),
        CpuQuota = Microseconds(spec.CpuQuota),
        CpuRealtimePeriod = Microseconds(spec.CpuRealtimePeriod),
        CpuRealtimeRuntime = Microseconds(spec.CpuRealtimeRuntime),
        CpusetCpus = spec.CpusetProcessors ?? "",
        CpusetMems = spec.CpusetMemoryNodes ?? "",
        Devices = [.. spec.Devices.Select(Device)],
        DeviceCgroupRules = NullIfEmpty(spec.DeviceRules),
        MemoryReservation = spec.MemoryReservation?.Bytes ?? 0,
        MemorySwap = spec.MemoryAndSwapLimit?.Bytes ?? (spec.MemoryLimit is { } memory ? memory.Bytes * 2 : 0),
        MemorySwappiness = spec.MemorySwappiness,
        OomKillDisable = spec.OomKillDisabled,
        PidsLimit = spec.PidsLimit,
        Ulimits = NullIfEmpty([.. spec.Ulimits.Select(limit => new UlimitBody(limit.Key, limit.Value.Soft, limit.Value.Hard))]),
    };

    internal static string NetworkMode(ContainerSpec spec) => spec.Network switch
    {
        ContainerKit.NetworkMode.None => "none",
        ContainerKit.NetworkMode.Host => "host",
        ContainerKit.NetworkMode.Container => $"container:{spec.NetworkContainer}",
        _ => spec.Networks.IsEmpty ? "bridge" : spec.Networks[0].Network,
    };

    private static string Bind(BindMount bind)
    {
        string options = string.Join(',', ((string[])[bind.ReadOnly ? "ro" : "", Propagation(bind.Propagation)]).Where(option => option.Length > 0 && option != "rprivate"));
        return options.Length == 0 ? $"{bind.Source}:{bind.Target}" : $"{bind.Source}:{bind.Target}:{options}";
    }

    internal static string Propagation(MountPropagation propagation) => "r" + propagation.ToString().ToLowerInvariant();

    private static string Volume(VolumeMount volume)
    {
        string options = string.Join(',', ((string[])[volume.ReadOnly ? "ro" : "", volume.NoCopy ? "nocopy" : ""]).Where(option => option.Length > 0));
        return options.Length == 0 ? $"{volume.Name}:{volume.Target}" : $"{volume.Name}:{volume.Target}:{options}";
    }

    private static string Tmpfs(TmpfsMount tmpfs)
    {
        List<string> options = [];
        if (tmpfs.ReadOnly)
            options.Add("ro");
        if (!tmpfs.NoExec)
            options.Add("exec");
        if (tmpfs.Size is { } size)
            options.Add(string.Create(CultureInfo.InvariantCulture, $"size={size.Bytes}"));
        if (tmpfs.Mode != TmpfsMount.DefaultMode)
            options.Add("mode=" + Convert.ToString((int)tmpfs.Mode, 8));
        return string.Join(',', options);
    }

    private static LogConfigBody Log(LogOptions log)
    {
        Dictionary<string, string> options = [];
        if (log.MaximumSize is { } size)
            options["max-size"] = size.Bytes.ToString(CultureInfo.InvariantCulture);
        if (log.MaximumFiles > 1)
            options["max-file"] = log.MaximumFiles.ToString(CultureInfo.InvariantCulture);
        if (log.Compress)
            options["compress"] = "true";
        return new LogConfigBody(log.Driver == LogDriver.None ? "none" : "json-file", options);
    }

    private static Dictionary<string, IReadOnlyList<PortBindingBody>?> Ports(ContainerSpec spec) => spec.Ports
        .GroupBy(port => PortName(port.ContainerPort, port.Protocol))
        .ToDictionary(group => group.Key, group => (IReadOnlyList<PortBindingBody>?)[.. group.Select(port => new PortBindingBody(
            port.HostAddress?.ToString() ?? "",
            port.LastHostPort is int last ? $"{port.HostPort}-{last}" : port.HostPort?.ToString(CultureInfo.InvariantCulture) ?? ""))]);

    internal static string PortName(int port, PortProtocol protocol) => string.Create(CultureInfo.InvariantCulture, $"{port}/{ProtocolName(protocol)}");

    internal static string ProtocolName(PortProtocol protocol) => protocol switch
    {
        PortProtocol.Udp => "udp",
        PortProtocol.Sctp => "sctp",
        _ => "tcp",
    };

    private static string Namespace(NamespaceMode mode) => mode.Kind == NamespaceModeKind.Private ? "" : mode.ToString();

    private static IEnumerable<string> SecurityOptions(ContainerSpec spec)
    {
        if (spec.NoNewPrivileges)
            yield return "no-new-privileges";
        if (spec.SeccompProfile is { } seccomp)
            yield return $"seccomp={seccomp}";
        if (spec.AppArmorProfile is { } profile)
            yield return $"apparmor={profile}";
        foreach (string label in spec.SecurityLabels)
            yield return $"label={label}";
    }

    private static DeviceBody Device(DeviceMapping device)
    {
        string letters = (device.Permissions.HasFlag(DevicePermissions.Read) ? "r" : "")
            + (device.Permissions.HasFlag(DevicePermissions.Write) ? "w" : "")
            + (device.Permissions.HasFlag(DevicePermissions.MakeNode) ? "m" : "");
        return new DeviceBody(device.HostPath, device.ContainerPath ?? device.HostPath, letters);
    }

    private static ThrottleDeviceBody[]? Throttles(ContainerSpec spec, Func<IoThrottle, long?> rate)
        => NullIfEmpty<ThrottleDeviceBody>([.. spec.IoThrottles.Where(throttle => rate(throttle) is not null).Select(throttle => new ThrottleDeviceBody(throttle.DevicePath, rate(throttle)!.Value))]);

    private static long Microseconds(TimeSpan? time) => (long)(time?.TotalMicroseconds ?? 0);

    private static T[]? NullIfEmpty<T>(ImmutableArray<T> list) => list.IsEmpty ? null : [.. list];
}
