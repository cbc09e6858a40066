using System.Globalization;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>A temporary directory and a cgroup name that everything of one benchmark run lives below, so that it can be
/// found and removed at the end.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    private static readonly TimeSpan PatienceWithDyingProcesses = TimeSpan.FromSeconds(10);
    private readonly List<string> _absentBefore = [];

    private Workspace(string root)
    {
        Root = root;

        // mount(8) and umount(8) create it.
        WatchForeignPaths("/run/mount");
    }

    /// <summary>The directory. Short, because the path of a unix socket has at most 107 bytes (unix(7)).</summary>
    public string Root { get; }

    /// <summary>Name of the cgroup, directly below the root of every hierarchy; created by the peers.</summary>
    public string CgroupName => Path.GetFileName(Root);

    /// <summary>Noted paths that exist: after disposal, those that could not be removed.</summary>
    public IEnumerable<string> ForeignPaths => _absentBefore.Where(Path.Exists);

    /// <summary>Creates an empty one.</summary>
    public static Workspace Create()
        => new(Directory.CreateTempSubdirectory(string.Create(CultureInfo.InvariantCulture, $"ckbench-{Environment.ProcessId}-")).FullName);

    /// <summary>A path inside; nothing is created.</summary>
    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>A new directory inside.</summary>
    public string CreateDirectory(string name) => Directory.CreateDirectory(PathOf(name)).FullName;

    /// <summary>Notes paths outside of the workspace that a peer is known to create whatever it is told. Those that are
    /// not there now are removed at the end: files, and directories that are empty by then.</summary>
    public void WatchForeignPaths(params IEnumerable<string> paths)
        => _absentBefore.AddRange(paths.Where(path => !Path.Exists(path) && !_absentBefore.Contains(path)));

    /// <summary>Removes cgroups, mounts, directory and noted paths. What can't be removed stays and is for
    /// <see cref="LeftoverCheck"/> to report.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var mount in KernelMounts.Below(Root))
            await new ExternalCommand("/bin/umount", mount).CaptureAsync();
        await RemoveCgroupsAsync();

        // Never delete through a mount: what is below it may not be ours.
        if (KernelMounts.Below(Root).Count == 0)
            Directory.Delete(Root, recursive: true);
        foreach (var path in _absentBefore.OrderByDescending(path => path.Length))
            RemoveForeignPath(path);
    }

    private async Task RemoveCgroupsAsync()
    {
        // rmdir says EBUSY until the last process, which may just be exiting, is out of the cgroup.
        using var patience = new CancellationTokenSource(PatienceWithDyingProcesses);
        foreach (var hierarchy in KernelMounts.CgroupRoots())
        {
            var top = Path.Combine(hierarchy, CgroupName);
            while (Directory.Exists(top) && !TryRemoveCgroups(top) && !patience.IsCancellationRequested)
                await Task.Delay(50);
        }
    }

    private static bool TryRemoveCgroups(string top)
    {
        try
        {
            foreach (var child in Directory.GetDirectories(top, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length))
                Directory.Delete(child);
            Directory.Delete(top);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void RemoveForeignPath(string path)
    {
        try
        {
            if (File.Exists(path))
                File.Delete(path);
            else if (Directory.Exists(path))
                Directory.Delete(path);
        }
        catch (IOException)
        {
            // Somebody else uses the directory by now; then it is theirs.
        }
    }
}
