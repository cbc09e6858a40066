namespace ContainerKit.Linux.Cgroups;

/// <summary>A cgroup and those below it, which a privileged container or a service manager in it may have made.</summary>
internal static class CgroupTree
{
    /// <summary>All of them, parents before children. Iterative, because the depth is the container's choice.</summary>
    internal static List<CgroupDirectory> List(CgroupDirectory root)
    {
        List<CgroupDirectory> found = [root];
        for (int i = 0; i < found.Count; i++)
        {
            try
            {
                found.AddRange(Directory.EnumerateDirectories(found[i].Path).Select(path => found[0] with { Path = path }));
            }
            catch (DirectoryNotFoundException)
            {
                // Removed meanwhile, by the container or by another remover.
            }
        }

        return found;
    }

    /// <summary>Removes depth-first; false while a process is left in one of them.</summary>
    internal static bool TryRemove(CgroupDirectory root)
    {
        if (root.TryRemove())
            return true;

        List<CgroupDirectory> found = List(root);
        found.Reverse();
        bool removed = true;
        foreach (CgroupDirectory directory in found)
            removed = directory.TryRemove() && removed;
        return removed;
    }
}
