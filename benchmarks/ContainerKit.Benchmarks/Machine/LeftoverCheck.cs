namespace ContainerKit.Benchmarks.Machine;

/// <summary>Compares the machine before and after: every run has to end without a trace.</summary>
internal sealed class LeftoverCheck
{
    private readonly HashSet<string> _interfaces = Interfaces();

    /// <summary>What a disposed workspace left, one finding a line.</summary>
    public IReadOnlyList<string> FindAfter(Workspace workspace)
    {
        List<string> found = [.. workspace.Killed.Select(process => $"{process} (killed)")];
        found.AddRange(ProcessTable.FindByCommandLine(workspace.Root).Select(id => $"process {id} {ProcessTable.NameOf(id)}"));
        found.AddRange(KernelMounts.Read().Select(mount => mount.Target)
            .Where(target => target.Contains(workspace.CgroupName, StringComparison.Ordinal))
            .Select(target => $"mount {target}"));
        found.AddRange(KernelMounts.CgroupRoots().Select(root => Path.Combine(root, workspace.CgroupName))
            .Where(Directory.Exists)
            .Select(path => $"cgroup {path}"));
        found.AddRange(Interfaces().Except(_interfaces).Select(name => $"network interface {name}"));
        found.AddRange(workspace.ForeignPaths);
        if (Directory.Exists(workspace.Root))
            found.Add($"directory {workspace.Root}");
        return found;
    }

    /// <summary>Prints the findings, or that there are none.</summary>
    /// <returns>True when nothing was left.</returns>
    public bool Report(Workspace workspace)
    {
        var found = FindAfter(workspace);
        Console.WriteLine(found.Count == 0 ? "left behind: nothing" : $"LEFT BEHIND: {string.Join("; ", found)}");
        return found.Count == 0;
    }

    private static HashSet<string> Interfaces() => [.. Directory.EnumerateDirectories("/sys/class/net").Select(path => Path.GetFileName(path))];
}
