using System.Collections.Immutable;
using System.Text;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Runtime.Devices;

/// <summary>Device files of this machine.</summary>
internal static class HostDevices
{
    private const int MaximumDepth = 8;

    /// <summary>What is the container's own in its /dev, or stands for something that is.</summary>
    private static readonly ImmutableArray<string> s_own = ["pts", "shm", "mqueue", "fd", "hugepages", "console", "ptmx", "tty", "null", "zero", "full", "random", "urandom"];

    /// <summary>The device that a path leads to, or those in and below a directory; links are followed in the path itself only.</summary>
    /// <param name="path">A path of the host.</param>
    /// <param name="inside">Where it will be.</param>
    /// <param name="access">What may be done with it.</param>
    /// <returns>Empty when there is none.</returns>
    internal static ImmutableArray<DeviceNode> Find(string path, string inside, DeviceAccess access)
    {
        string full = Path.GetFullPath(path);
        if (!Path.Exists(full))
        {
            return [];
        }

        FileSystemInfo entry = new FileInfo(full);
        if (entry.ResolveLinkTarget(returnFinalTarget: true) is { } target)
        {
            full = target.FullName;
        }

        List<DeviceNode> found = [];
        if (Directory.Exists(full))
        {
            AddTree(found, full, inside, access, MaximumDepth, static _ => true);
        }
        else if (Read(full, inside, access) is { } node)
        {
            found.Add(node);
        }

        return [.. found];
    }

    /// <summary>All devices of the machine, as a privileged container has them.</summary>
    internal static ImmutableArray<DeviceNode> FindAll()
    {
        List<DeviceNode> found = [];
        AddTree(found, "/dev", "/dev", DeviceAccess.All, MaximumDepth, name => !s_own.Contains(name));
        return [.. found];
    }

    private static void AddTree(List<DeviceNode> found, string directory, string inside, DeviceAccess access, int depth, Func<string, bool> wanted)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = new DirectoryInfo(directory).GetFileSystemInfos();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            return; // without root not every directory can be read
        }

        foreach (FileSystemInfo entry in entries.Where(e => e.LinkTarget is null && wanted(e.Name)).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string place = $"{inside}/{entry.Name}";
            if (entry is DirectoryInfo && depth > 0)
            {
                AddTree(found, entry.FullName, place, access, depth - 1, static _ => true);
            }
            else if (Read(entry.FullName, place, access) is { } node)
            {
                found.Add(node);
            }
        }
    }

    private static DeviceNode? Read(string path, string inside, DeviceAccess access)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            return null;
        }

        using RootedDirectory parent = RootedDirectory.Open(Path.GetDirectoryName(path)!);
        return parent.TryGetStatus(Encoding.UTF8.GetBytes(Path.GetFileName(path))) is { Type: FileType.CharacterDevice or FileType.BlockDevice } status
            ? new DeviceNode(path, inside, status.Type == FileType.BlockDevice, (int)status.NodeMajor, (int)status.NodeMinor, (int)status.Mode & 0x1FF, status.UserId, status.GroupId, access)
            : null;
    }
}

/// <summary>A device of this machine in a container.</summary>
/// <param name="HostPath">Its file on the host.</param>
/// <param name="Path">Its path inside.</param>
/// <param name="IsBlock">True: a block device; false: a character device.</param>
/// <param name="Major">Major number.</param>
/// <param name="Minor">Minor number.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="Access">What the container may do with it.</param>
internal sealed record DeviceNode(string HostPath, string Path, bool IsBlock, int Major, int Minor, int Mode, uint UserId, uint GroupId, DeviceAccess Access)
{
    /// <summary>True: in the container's own /dev, where it can be made; elsewhere it is mounted.</summary>
    internal bool IsInDev => Path.StartsWith("/dev/", StringComparison.Ordinal);

    internal DeviceRule Rule => new(IsBlock ? DeviceKind.Block : DeviceKind.Character, Major, Minor, Access);
}
