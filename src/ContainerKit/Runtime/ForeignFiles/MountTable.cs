using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace ContainerKit.Runtime;

/// <summary>A line of /proc/self/mountinfo.</summary>
/// <param name="Device">The file system's number.</param>
/// <param name="Root">What of the file system is mounted.</param>
/// <param name="Target">Where.</param>
/// <param name="Type">File system type.</param>
/// <param name="Propagation">Its optional fields, which tell how it is connected with others: <c>shared:1</c>, <c>master:2</c>.</param>
internal sealed record MountEntry(string Device, string Root, string Target, string Type, string[] Propagation);

/// <summary>The mounts that this process sees, proc_pid_mountinfo(5).</summary>
internal static class MountTable
{
    private static readonly FrozenSet<string> s_virtual = FrozenSet.Create(
        "proc", "sysfs", "devtmpfs", "devpts", "tmpfs", "mqueue", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf", "pstore",
        "configfs", "fusectl", "hugetlbfs", "autofs", "binfmt_misc", "efivarfs", "ramfs", "nsfs", "rpc_pipefs", "selinuxfs");

    internal static ImmutableArray<MountEntry> Read() => [.. File.ReadLines("/proc/self/mountinfo").Select(Parse).OfType<MountEntry>()];

    /// <summary>True when what it shows is the kernel's or lives in memory only.</summary>
    internal static bool IsVirtual(MountEntry mount) => s_virtual.Contains(mount.Type);

    /// <summary>All paths by which a directory can be reached: file systems may be mounted more than once, and parts of them as well.</summary>
    /// <param name="path">The directory, absolute and without links.</param>
    /// <param name="mounts">The mounts, in the order of mounting.</param>
    /// <returns>The paths, with the given one as the first.</returns>
    internal static ImmutableArray<string> FindPathsOf(string path, IReadOnlyList<MountEntry> mounts)
    {
        MountEntry? own = mounts.Where(mount => IsAtOrBelow(path, mount.Target)).OrderBy(mount => mount.Target.Length).LastOrDefault();
        if (own is null)
        {
            return [path];
        }

        string inside = Combine(own.Root, Below(path, own.Target));
        return [.. mounts.Where(mount => mount.Device == own.Device && IsAtOrBelow(inside, mount.Root))
            .Select(mount => Combine(mount.Target, Below(inside, mount.Root))).Prepend(path).Distinct()];
    }

    private static bool IsAtOrBelow(string path, string directory)
        => directory == "/" || path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static string Below(string path, string directory) => directory == "/" ? path : path[directory.Length..];

    private static string Combine(string directory, string below) => directory == "/" ? (below.Length == 0 ? "/" : below) : below == "/" ? directory : directory + below;

    internal static MountEntry? Parse(string line)
    {
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
        return separator > 0 && separator + 1 < fields.Length ? new MountEntry(fields[2], Unescape(fields[3]), Unescape(fields[4]), fields[separator + 1], fields[6..separator]) : null;
    }

    /// <summary>Blanks, tabs, line feeds and backslashes are written as three octal digits.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0;
            result.Append(isEscape ? (char)Convert.ToInt32(text.Substring(i + 1, 3), 8) : text[i]);
            i += isEscape ? 3 : 0;
        }

        return result.ToString();
    }
}
