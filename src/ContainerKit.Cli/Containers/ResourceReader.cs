using System.Globalization;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary>The flags that limit what a container may use.</summary>
internal static class ResourceReader
{
    public static ContainerSpec Read(CommandInvocation invocation, ContainerSpec spec)
    {
        foreach (string limit in invocation.Values("ulimit"))
            spec = ReadUlimit(invocation, spec, limit);
        if (invocation.Number("cpu-quota") is int quota)
            spec = spec.WithCpuQuota(TimeSpan.FromMicroseconds(quota), invocation.Number("cpu-period") is int period ? TimeSpan.FromMicroseconds(period) : null);
        if (invocation.Value("cpus") is string cpus)
        {
            spec = double.TryParse(cpus, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double processors)
                ? spec.WithCpuLimit(processors)
                : throw invocation.Invalid("cpus", cpus, "a number such as 1.5 is wanted");
        }

        if (invocation.Value("memory-swap") is string swap)
            spec = swap == "-1" ? spec.WithUnlimitedSwap() : spec.WithMemoryAndSwapLimit(ByteSize.Parse(swap));
        return spec with
        {
            MemoryLimit = Size("memory"),
            MemoryReservation = Size("memory-reservation"),
            MemorySwappiness = invocation.Number("memory-swappiness"),
            SharedMemorySize = Size("shm-size"),
            CpuShares = invocation.Number("cpu-shares"),
            CpusetProcessors = invocation.Value("cpuset-cpus"),
            CpusetMemoryNodes = invocation.Value("cpuset-mems"),
            PidsLimit = invocation.Number("pids-limit"),
            OomKillDisabled = invocation.IsSet("oom-kill-disable"),
            OomScoreAdjustment = invocation.Number("oom-score-adj"),
        };

        ByteSize? Size(string name) => invocation.Value(name) is string text ? ByteSize.Parse(text) : null;
    }

    private static ContainerSpec ReadUlimit(CommandInvocation invocation, ContainerSpec spec, string text)
    {
        (string name, string value) = SpecReader.Pair(text);
        string[] bounds = value.Split(':');
        return bounds.Length <= 2 && long.TryParse(bounds[0], CultureInfo.InvariantCulture, out long soft) && long.TryParse(bounds[^1], CultureInfo.InvariantCulture, out long hard)
            ? spec.WithUlimit(name, soft, hard)
            : throw invocation.Invalid("ulimit", text, "name=soft[:hard] is wanted");
    }
}
