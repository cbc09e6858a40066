using System.Text;

namespace ContainerKit.Benchmarks.Machine;

/// <summary>The mounts of this process's namespace, from /proc/self/mountinfo (proc_pid_mountinfo(5)).</summary>
internal static class KernelMounts
{
    /// <summary>All mount points with their file system type, in the order of mounting.</summary>
    public static IReadOnlyList<(string Target, string Type)> Read()
        => [.. File.ReadLines("/proc/self/mountinfo").Select(Parse)];

    /// <summary>Mount points at or below a directory, innermost first.</summary>
    public static IReadOnlyList<string> Below(string directory)
        => [.. Read().Select(mount => mount.Target)
            .Where(target => target == directory || target.StartsWith(directory + '/', StringComparison.Ordinal))
            .Reverse()];

    /// <summary>The root directory of every cgroup hierarchy, v1 and v2.</summary>
    public static IReadOnlyList<string> CgroupRoots()
        => [.. Read().Where(mount => mount.Type is "cgroup" or "cgroup2").Select(mount => mount.Target)];

    /// <summary>The mount point of cgroup v2, or null.</summary>
    public static string? CgroupV2Root() => Read().Where(mount => mount.Type == "cgroup2").Select(mount => mount.Target).FirstOrDefault();

    private static (string Target, string Type) Parse(string line)
    {
        // Optional fields of varying number stand between the sixth field and the hyphen.
        var fields = line.Split(' ');
        var hyphen = Array.IndexOf(fields, "-", 6);
        return (Unescape(fields[4]), fields[hyphen + 1]);
    }

    /// <summary>Blank, tab, newline and backslash are written as \040 and the like.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\'))
            return field;
        var plain = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                plain.Append((char)Convert.ToInt32(field.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                plain.Append(field[i]);
            }
        }
        return plain.ToString();
    }
}
