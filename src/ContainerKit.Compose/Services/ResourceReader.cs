namespace ContainerKit.Compose.Services;

/// <summary>Limits.</summary>
internal static class ResourceReader
{
    public static ContainerSpec Read(Section section, ContainerSpec spec)
    {
        spec = spec with
        {
            CpuLimit = section.Fraction("cpus"),
            CpuShares = section.Number("cpu_shares", 2, 262144),
            CpuPeriod = Microseconds("cpu_period"),
            CpuQuota = Microseconds("cpu_quota"),
            CpuRealtimePeriod = Microseconds("cpu_rt_period"),
            CpuRealtimeRuntime = Microseconds("cpu_rt_runtime"),
            CpusetProcessors = section.Text("cpuset"),
            MemoryLimit = section.Size("mem_limit"),
            MemoryReservation = section.Size("mem_reservation"),
            MemorySwappiness = (int?)section.Number("mem_swappiness", 0, 100),
            OomKillDisabled = section.Flag("oom_kill_disable"),
            OomScoreAdjustment = (int?)section.Number("oom_score_adj", -1000, 1000),
            PidsLimit = section.Number("pids_limit", -1),
            SharedMemorySize = section.Size("shm_size"),
        };
        spec = section.Text("memswap_limit") == "-1" ? spec.WithUnlimitedSwap() : spec with { MemoryAndSwapLimit = section.Size("memswap_limit") };
        if (section.Below("ulimits") is { } ulimits)
            spec = ReadUlimits(ulimits, spec);
        return section.Below("blkio_config") is { } throttles ? ReadThrottles(throttles, spec) : spec;

        // A number is microseconds, as in the kernel's files; else it has a unit.
        TimeSpan? Microseconds(string key)
            => section.Text(key) is string text && long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out long number) && number is >= 0 and <= uint.MaxValue
                ? TimeSpan.FromMicroseconds(number)
                : section.Duration(key);
    }

    internal static ContainerSpec ReadUlimits(Section section, ContainerSpec spec)
    {
        foreach (string name in section.Keys.Where(name => !name.StartsWith("x-", StringComparison.Ordinal)).ToList())
        {
            if (section.Take(name) is Yaml.YamlMapping)
            {
                Section limit = section.Below(name)!;
                long soft = limit.Number("soft", -1) ?? throw limit.Error("", "soft is required");
                long hard = limit.Number("hard", -1) ?? throw limit.Error("", "hard is required");
                limit.End();
                spec = spec.WithUlimit(name, soft, hard);
            }
            else
            {
                spec = spec.WithUlimit(name, section.Number(name, -1) ?? throw section.Error(name, "a number is required"));
            }
        }

        return spec;
    }

    private static ContainerSpec ReadThrottles(Section section, ContainerSpec spec)
    {
        if (section.Number("weight", 10, 1000) is long weight)
            spec = spec.WithIoWeight((int)weight);
        foreach (Section device in section.Each("weight_device"))
        {
            spec = spec.WithIoDeviceWeight(device.RequiredText("path"), (int?)device.Number("weight", 10, 1000) ?? throw device.Error("", "weight is required"));
            device.End();
        }

        foreach (Section device in section.Each("device_read_bps"))
            spec = spec.WithIoThrottle(new IoThrottle(device.RequiredText("path")) { ReadBytes = device.Size("rate") });
        foreach (Section device in section.Each("device_write_bps"))
            spec = spec.WithIoThrottle(new IoThrottle(device.RequiredText("path")) { WriteBytes = device.Size("rate") });
        foreach (Section device in section.Each("device_read_iops"))
            spec = spec.WithIoThrottle(new IoThrottle(device.RequiredText("path")) { ReadOperations = device.Number("rate") });
        foreach (Section device in section.Each("device_write_iops"))
            spec = spec.WithIoThrottle(new IoThrottle(device.RequiredText("path")) { WriteOperations = device.Number("rate") });
        section.End();
        return spec;
    }
}
