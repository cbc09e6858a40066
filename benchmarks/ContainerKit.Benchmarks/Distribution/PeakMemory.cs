using System.Globalization;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>The most memory that this process has had at once: VmHWM of proc_pid_status(5).</summary>
internal static class PeakMemory
{
    /// <summary>Begins anew with what is in memory now (proc_pid_clear_refs(5), value 5).</summary>
    public static void Reset() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>In bytes.</summary>
    public static long Read()
        => 1024 * File.ReadLines("/proc/self/status")
            .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
            .Single();
}
