using System.Globalization;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.Statistics;

/// <summary>What a container's use is compared with: the time of all processors, and the memory.</summary>
internal sealed record MachineUsage(TimeSpan Processors, int OnlineProcessors, long MemoryBytes)
{
    /// <summary>user, nice, system, idle, iowait, irq, softirq and steal; guest time is in user already (proc_stat(5)).</summary>
    private const int Times = 8;

    internal static MachineUsage Read() => Parse(File.ReadAllText("/proc/stat"), File.ReadAllText("/proc/meminfo"));

    internal static MachineUsage Parse(string stat, string memory)
    {
        long ticks = 0;
        int online = 0;
        foreach (string line in stat.Split('\n'))
        {
            if (!line.StartsWith("cpu", StringComparison.Ordinal))
                continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] != "cpu")
                online++;
            else
                ticks = words.Skip(1).Take(Times).Sum(Number);
        }

        string? total = memory.Split('\n').FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        long kibibytes = total?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var count, ..] ? Number(count) : 0;
        return new MachineUsage(TimeSpan.FromTicks(ticks * (TimeSpan.TicksPerSecond / ProcessStat.TicksPerSecond)), Math.Max(online, 1), kibibytes * 1024);
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
}
