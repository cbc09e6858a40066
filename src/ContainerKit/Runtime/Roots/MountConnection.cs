using System.Text;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Runtime.Roots;

/// <summary>Whether a mount of the host passes what is mounted below it on to others, mount_namespaces(7).</summary>
internal static class MountConnection
{
    /// <summary>Null when a bind of <paramref name="source"/> can have <paramref name="propagation"/>; otherwise what its mount is.</summary>
    internal static string? WhyNot(string source, MountFlags propagation)
    {
        string path = RealPath(source);

        // The longest path that leads to it, and of several mounts on it the last, which covers the others.
        MountEntry? mount = MountTable.Read().Where(m => Contains(m.Target, path)).Aggregate((MountEntry?)null, (best, m) => best is null || m.Target.Length >= best.Target.Length ? m : best);
        string[] fields = mount?.Propagation ?? [];
        bool shared = fields.Any(f => f.StartsWith("shared:", StringComparison.Ordinal));
        bool slave = fields.Any(f => f.StartsWith("master:", StringComparison.Ordinal));
        return shared || (slave && propagation == MountFlags.MS_SLAVE) ? null
            : $"{path} is on the mount {mount?.Target}, which is {(slave ? "a slave" : "private")}";
    }

    private static bool Contains(string target, string path)
        => target == "/" || path == target || path.StartsWith(target + "/", StringComparison.Ordinal);

    private static string RealPath(string source)
    {
        string full = Path.GetFullPath(source);
        bool isDirectory = Directory.Exists(full);
        using RootedDirectory directory = RootedDirectory.Open(isDirectory ? full : Path.GetDirectoryName(full)!);
        string path = Encoding.UTF8.GetString(directory.GetPath());
        return isDirectory ? path : Path.Combine(path, Path.GetFileName(full));
    }
}
