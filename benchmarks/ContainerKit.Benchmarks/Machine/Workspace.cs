using System.Diagnostics;
using System.Globalization;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>A temporary directory and a cgroup name that everything of one benchmark run lives below, so that it can be
/// found and removed at the end.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    /// <summary>How the names of all workspaces begin; the id of the process follows.</summary>
    public const string NamePrefix = "ckbench-";

    private const long FileSystemSize = 16L << 30;
    private const string ForeignPathsName = "foreign-paths";
    private static readonly TimeSpan PatienceWithDyingProcesses = TimeSpan.FromSeconds(10);
    private readonly List<string> _absentBefore;
    private readonly HashSet<string> _killed = [];

    private Workspace(string root, IEnumerable<string> absentBefore)
    {
        Root = root;
        _absentBefore = [.. absentBefore];
    }

    /// <summary>The directory. Short, because the path of a unix socket has at most 107 bytes (unix(7)).</summary>
    public string Root { get; }

    /// <summary>Name of the cgroup, directly below the root of every hierarchy; created by the peers.</summary>
    public string CgroupName => Path.GetFileName(Root);

    /// <summary>Noted paths that exist: after disposal, those that could not be removed.</summary>
    public IEnumerable<string> ForeignPaths => _absentBefore.Where(Path.Exists);

    /// <summary>Processes that disposal had to kill, because whoever started them did not end them.</summary>
    public IReadOnlyCollection<string> Killed => _killed;

    /// <summary>Creates an empty one.</summary>
    public static Workspace Create()
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{Environment.ProcessId}-");
        var workspace = new Workspace(Directory.CreateTempSubdirectory(prefix).FullName, []);

        // mount(8) and umount(8) create it.
        workspace.WatchForeignPaths("/run/mount");
        return workspace;
    }

    /// <summary>Takes over the workspace of a process that is gone, in order to dispose it.</summary>
    public static Workspace Adopt(string root)
    {
        var list = Path.Combine(root, ForeignPathsName);
        return new Workspace(root, File.Exists(list) ? File.ReadAllLines(list) : []);
    }

    /// <summary>
    /// Puts a file system of its own below everything that is still to be made: ext4 as users have it, in a file. One without a journal, as in
    /// some virtual machines, looks for long before it gives inodes of files anew that were just removed, which would be most of what is measured.
    /// </summary>
    /// <returns>What the files are on.</returns>
    public async Task<string> TryMountFileSystemAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess || ExternalCommand.Find("mkfs.ext4") is not { } mkfs)
            return "the file system of the temporary directory";
        var image = Root + ".img";
        try
        {
            await using (var file = File.Create(image))
                file.SetLength(FileSystemSize);
            if ((await new ExternalCommand(mkfs, "-q", "-F", image).CaptureAsync(cancellationToken)).ExitCode != 0
                || (await new ExternalCommand("/bin/mount", "-o", "loop", image, Root).CaptureAsync(cancellationToken)).ExitCode != 0)
                return "the file system of the temporary directory (a loop device can't be had)";
        }
        finally
        {
            // The mount keeps it, and its blocks go with the mount.
            File.Delete(image);
        }
        File.SetUnixFileMode(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        WatchForeignPaths();
        return "an ext4 of their own with a journal, in a file by a loop device";
    }

    /// <summary>A path inside; nothing is created.</summary>
    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>A new directory inside.</summary>
    public string CreateDirectory(string name) => Directory.CreateDirectory(PathOf(name)).FullName;

    /// <summary>Notes paths outside of the workspace that a peer is known to create whatever it is told. Those that are
    /// not there now are removed at the end: files, and directories that are empty by then.</summary>
    public void WatchForeignPaths(params IEnumerable<string> paths)
    {
        _absentBefore.AddRange(paths.Where(path => !Path.Exists(path) && !_absentBefore.Contains(path)));
        File.WriteAllLines(PathOf(ForeignPathsName), _absentBefore);
    }

    /// <summary>Removes processes, cgroups, mounts, directory and noted paths. What can't be removed stays and is for
    /// <see cref="LeftoverCheck"/> to report.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAllAsync();
        foreach (var mount in KernelMounts.Below(Root))
            await new ExternalCommand("/bin/umount", mount).CaptureAsync();
        await RemoveCgroupsAsync();

        // Never delete through a mount: what is below it may not be ours.
        if (KernelMounts.Below(Root).Count == 0)
            Directory.Delete(Root, recursive: true);
        foreach (var path in _absentBefore.OrderByDescending(path => path.Length))
            RemoveForeignPath(path);
    }

    private async Task KillAllAsync()
    {
        var started = Stopwatch.StartNew();
        while (ProcessTable.FindByCommandLine(Root).Concat(ProcessTable.FindByCgroup(CgroupName)).ToHashSet() is { Count: > 0 } living
            && started.Elapsed < PatienceWithDyingProcesses)
        {
            foreach (var id in living)
            {
                _killed.Add($"process {id} {ProcessTable.NameOf(id)}");
                ProcessTable.Kill(id);
            }
            await Task.Delay(100);
        }
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
