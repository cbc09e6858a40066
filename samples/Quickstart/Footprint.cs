using ContainerKit;

namespace Quickstart;

/// <summary>What this process has on the machine at a moment: the proof that containers leave nothing is that it is the same afterwards.</summary>
internal sealed record Footprint(int Processes, int Mounts, int Cgroups, int ContainerDirectories)
{
    internal static Footprint Take(ContainerEngine engine) => new(
        CountProcesses(),
        File.ReadLines("/proc/self/mountinfo").Count(),
        CountDirectories("/sys/fs/cgroup", "containerkit"),
        CountEntries(Path.Combine(engine.DataRoot, "containers")));

    /// <summary>True when nothing is there that was not there before.</summary>
    internal bool IsWithin(Footprint before)
        => Processes <= before.Processes && Mounts <= before.Mounts && Cgroups <= before.Cgroups && ContainerDirectories <= before.ContainerDirectories;

    public override string ToString()
        => $"{Processes} child processes, {Mounts} mounts, {Cgroups} cgroups, {ContainerDirectories} container directories";

    private static int CountProcesses()
        => Directory.EnumerateDirectories("/proc/self/task").Sum(t => ReadOrEmpty(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The thread has ended.
            return "";
        }
    }

    /// <summary>The cgroups below directories of a name; hierarchies are at most two levels deep there.</summary>
    private static int CountDirectories(string root, string name)
    {
        string[] parents = [root, .. Directory.Exists(root) ? Directory.GetDirectories(root) : []];
        return parents.Select(p => Path.Combine(p, name)).Where(Directory.Exists).Sum(p => Directory.GetDirectories(p).Length);
    }

    private static int CountEntries(string directory)
        => Directory.Exists(directory) ? Directory.EnumerateDirectories(directory).Count(d => Path.GetFileName(d).Length >= 64) : 0;
}
