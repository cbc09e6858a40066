using ContainerKit.Linux.Cgroups;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.Statistics;

/// <summary>What processes use together, from /proc.</summary>
internal sealed record ProcessSums(CgroupCpuUsage Processor, long ResidentBytes, long Tasks)
{
    internal static ProcessSums None { get; } = Of([]);

    internal static ProcessSums Read(IEnumerable<int> pids) => Of(pids.Select(ProcessStat.Read).OfType<ProcessStat>());

    internal static ProcessSums Of(IEnumerable<ProcessStat> processes)
    {
        long user = 0, kernel = 0, children = 0, resident = 0, tasks = 0;
        foreach (ProcessStat process in processes)
        {
            user += process.UserTicks;
            kernel += process.SystemTicks;
            children += process.ChildTicks;
            resident += process.ResidentPages * Environment.SystemPageSize;
            tasks += process.Threads;
        }

        return new ProcessSums(new CgroupCpuUsage(Time(user + kernel + children), Time(user), Time(kernel), 0, TimeSpan.Zero), resident, tasks);
    }

    private static TimeSpan Time(long ticks) => TimeSpan.FromTicks(ticks * (TimeSpan.TicksPerSecond / ProcessStat.TicksPerSecond));
}
