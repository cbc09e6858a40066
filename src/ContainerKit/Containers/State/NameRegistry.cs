using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.State;

/// <summary>
/// The names of all containers of a data root: a symbolic link a name, with the container's id as its target. symlink(2) creates name and
/// content in one step and fails when the name is taken, in whatever process.
/// </summary>
internal sealed class NameRegistry(ContainerPaths paths)
{
    /// <summary>Takes a name for a container whose directory exists and is locked; false when it is taken.</summary>
    internal bool TryReserve(string name, string id)
    {
        if (TryLink(name, id))
            return true;
        if (FindId(name) is not string holder || Directory.Exists(paths.DirectoryOf(holder)))
            return false;
        RemoveAbandoned([name]);
        return TryLink(name, id);
    }

    /// <summary>The id that a name stands for, or null.</summary>
    internal string? FindId(string name)
    {
        string? target = new FileInfo(LinkOf(name)).LinkTarget;
        return target is not null && ContainerId.IsComplete(target) ? target : null;
    }

    /// <summary>
    /// Gives a name back. The caller has the container's lock and its directory still exists: a name is never abandoned while its container
    /// is
    /// removed, so nobody else can have taken it over.
    /// </summary>
    internal void Release(string name, string id)
    {
        if (FindId(name) == id)
            File.Delete(LinkOf(name));
    }

    /// <summary>Removes names whose containers are gone; only crashes and people who delete directories leave such.</summary>
    internal void RemoveAbandoned(IEnumerable<string> names)
    {
        // Two processes that both see an abandoned name would delete it one after the other, and the second would hit the first one's new
        // name.
        using FileLock? registry = FileLock.TryAcquire(paths.NamesLock);
        if (registry is null)
            return;
        foreach (string name in names)
        {
            if (FindId(name) is not string id || !Directory.Exists(paths.DirectoryOf(id)))
                File.Delete(LinkOf(name));
        }
    }

    /// <summary>Names whose containers are gone.</summary>
    internal List<string> FindAbandoned(HashSet<string> presentIds)
    {
        List<string> abandoned = [];
        foreach (var link in new DirectoryInfo(paths.Names).EnumerateFileSystemInfos())
        {
            if (link.LinkTarget is not string id || !presentIds.Contains(id))
                abandoned.Add(link.Name);
        }

        return abandoned;
    }

    private bool TryLink(string name, string id)
    {
        try
        {
            File.CreateSymbolicLink(LinkOf(name), id);
            return true;
        }
        catch (IOException) when (new FileInfo(LinkOf(name)).LinkTarget is not null)
        {
            return false;
        }
    }

    private string LinkOf(string name) => $"{paths.Names}/{name}";
}
