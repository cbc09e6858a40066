using System.Globalization;

namespace ContainerKit.Containers.Processes;

/// <summary>A column of a list of processes, by the names that ps(1) has for it.</summary>
internal sealed record ProcessColumn(string Title, Func<ProcessDetails, string> Read)
{
    private static readonly Dictionary<string, ProcessColumn> s_columns = new(StringComparer.Ordinal)
    {
        ["pid"] = new("PID", process => Text(process.Stat.Pid)),
        ["ppid"] = new("PPID", process => Text(process.Stat.Parent)),
        ["pgid"] = new("PGID", process => Text(process.Stat.ProcessGroup)),
        ["sid"] = new("SID", process => Text(process.Stat.Session)),
        ["uid"] = new("UID", process => process.User),
        ["user"] = new("USER", process => process.User),
        ["c"] = new("C", process => Text((long)Math.Min(99, process.ProcessorPercent))),
        ["%cpu"] = new("%CPU", process => process.ProcessorPercent.ToString("0.0", CultureInfo.InvariantCulture)),
        ["%mem"] = new("%MEM", process => process.MemoryPercent.ToString("0.0", CultureInfo.InvariantCulture)),
        ["vsz"] = new("VSZ", process => Text(process.Stat.VirtualBytes / 1024)),
        ["rss"] = new("RSS", process => Text(process.ResidentBytes / 1024)),
        ["tty"] = new("TTY", process => process.Terminal),
        ["stat"] = new("STAT", process => process.Status),
        ["s"] = new("S", process => process.Stat.State.ToString()),
        ["stime"] = new("STIME", process => process.StartedAt),
        ["start"] = new("START", process => process.StartedAt),
        ["time"] = new("TIME", process => process.ProcessorTime),
        ["etime"] = new("ELAPSED", process => process.Elapsed),
        ["ni"] = new("NI", process => Text(process.Stat.Nice)),
        ["nlwp"] = new("NLWP", process => Text(process.Stat.Threads)),
        ["comm"] = new("COMMAND", process => process.Stat.Name),
        ["command"] = new("COMMAND", process => process.CommandLine),
        ["cmd"] = new("CMD", process => process.CommandLine),
    };

    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.Ordinal)
    {
        ["args"] = "command",
        ["cputime"] = "time",
        ["euser"] = "user",
        ["nice"] = "ni",
        ["pcpu"] = "%cpu",
        ["pgrp"] = "pgid",
        ["pmem"] = "%mem",
        ["rssize"] = "rss",
        ["sess"] = "sid",
        ["state"] = "s",
        ["thcount"] = "nlwp",
        ["tname"] = "tty",
        ["tt"] = "tty",
        ["ucmd"] = "comm",
        ["uname"] = "user",
        ["vsize"] = "vsz",
    };

    /// <summary>All names, without their aliases.</summary>
    internal static IEnumerable<string> Names => s_columns.Keys.Order(StringComparer.Ordinal);

    /// <summary>A column; null where there is none of this name.</summary>
    internal static ProcessColumn? Find(string name) => s_columns.GetValueOrDefault(s_aliases.GetValueOrDefault(name, name));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
