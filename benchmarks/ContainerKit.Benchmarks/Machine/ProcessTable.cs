using System.Globalization;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>Processes of this machine as /proc shows them.</summary>
internal static class ProcessTable
{
    /// <summary>Ids of the living processes, except this one, whose command line mentions a text. Zombies have none.</summary>
    public static IReadOnlyList<int> FindByCommandLine(string text)
        => [.. Ids().Where(id => id != Environment.ProcessId && ReadText(id, "cmdline").Contains(text, StringComparison.Ordinal))];

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

    private static IEnumerable<int> Ids()
        => Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0);

    private static string ReadText(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It ended between listing and reading, or belongs to somebody else: neither is a process of the benchmark.
            return "";
        }
    }
}
