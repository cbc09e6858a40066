using System.Globalization;

namespace ContainerKit.Runtime.Processes;

/// <summary>Finds the processes of a container that has no cgroup.</summary>
internal static class ProcessTree
{
    /// <summary>Those of its pid namespace; those that descend from the first one where the namespace is the host's.</summary>
    internal static IReadOnlyList<int> ListContainer(int first)
    {
        string? space = NamespaceOf(first);
        if (space is null)
            return [];
        return space == NamespaceOf(Environment.ProcessId) ? ListDescendants(first) : [.. EnumerateAll().Where(pid => NamespaceOf(pid) == space).Order()];
    }

    private static List<int> ListDescendants(int first)
    {
        ILookup<int, int> children = EnumerateAll()
            .Select(pid => (Pid: pid, Stat: ProcessStat.Read(pid)))
            .Where(each => each.Stat is not null)
            .ToLookup(each => each.Stat!.Parent, each => each.Pid);
        SortedSet<int> found = [first];
        Queue<int> open = new([first]);
        while (open.TryDequeue(out int parent))
        {
            // A pid that was reused while the table was read could make a circle.
            foreach (int child in children[parent].Where(found.Add))
                open.Enqueue(child);
        }

        return [.. found];
    }

    private static IEnumerable<int> EnumerateAll()
    {
        foreach (string path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
                yield return pid;
        }
    }

    /// <summary>Null for a process that has ended, or that this user may not look at.</summary>
    private static string? NamespaceOf(int pid)
    {
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/pid")).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
