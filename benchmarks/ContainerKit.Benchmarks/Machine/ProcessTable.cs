using System.Diagnostics;
using System.Globalization;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>Processes of this machine as /proc shows them.</summary>
internal static class ProcessTable
{
    private static readonly EnumerationOptions EvenWhileTheyVanish = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    /// <summary>Ids of the living processes, except this one, whose command line mentions a text. Zombies have none.</summary>
    public static IReadOnlyList<int> FindByCommandLine(string text)
        => [.. Ids().Where(id => id != Environment.ProcessId && ReadText(id, "cmdline").Contains(text, StringComparison.Ordinal))];

    /// <summary>Ids of the processes, except this one, in a cgroup directly below the root of a hierarchy, or deeper.</summary>
    public static IReadOnlyList<int> FindByCgroup(string name)
        => [.. KernelMounts.CgroupRoots().Select(root => Path.Combine(root, name)).Where(Directory.Exists)
            .SelectMany(top => Directory.GetFiles(top, "cgroup.procs", EvenWhileTheyVanish))
            .SelectMany(file => ReadText(file).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            .Where(id => id > 0 && id != Environment.ProcessId)
            .Distinct()];

    /// <summary>The program name of a process, or an empty string when it is gone.</summary>
    public static string NameOf(int id) => ReadText(id, "comm").TrimEnd('\n');

    /// <summary>Threads of a process; 0 when it is gone.</summary>
    public static int ThreadsOf(int id)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{id}/task").Length;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Memory that no other process shares (proc_pid_smaps(5)): what ending the process would give back, in KiB;
    /// 0 when it is gone.</summary>
    public static long PrivateKibOf(int id)
        => ReadText(id, "smaps_rollup").Split('\n')
            .Where(line => line.StartsWith("Private_Clean:", StringComparison.Ordinal) || line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    /// <summary>Memory of a process, of which it has its part where several share it (proc_pid_smaps(5)), in KiB; 0 when it is gone.</summary>
    public static long ProportionalKibOf(int id)
        => ReadText(id, "smaps_rollup").Split('\n')
            .Where(line => line.StartsWith("Pss:", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    /// <summary>Ends a process by SIGKILL, if it is still there.</summary>
    public static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It ended by itself.
        }
    }

    private static IEnumerable<int> Ids()
        => Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0);

    private static string ReadText(int id, string file) => ReadText($"/proc/{id}/{file}");

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It ended between listing and reading, or belongs to somebody else: neither is a process of the benchmark.
            return "";
        }
    }
}
