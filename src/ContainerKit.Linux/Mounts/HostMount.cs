using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Mounts;

/// <summary>Mounts that this machine sees: mount(2), umount(2). They outlive this process.</summary>
public static class HostMount
{
    /// <summary>Mounts a file system on a directory.</summary>
    /// <param name="source">A device, or what the type of file system takes for one: <c>server:/path</c>.</param>
    /// <param name="directory">Where; it has to exist.</param>
    /// <param name="type">The kernel's name of the type: tmpfs, nfs, ext4.</param>
    /// <param name="flags">Flags of every type.</param>
    /// <param name="options">The type's own options, with commas in between; null for none.</param>
    /// <exception cref="LinuxException">Not allowed (EPERM), no such type (ENODEV), a device or an option that is not there (ENOENT, EINVAL).</exception>
    public static void Add(string source, string directory, string type, MountFlags flags, string? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(type);
        LinuxException.ThrowIfFailed(LibC.mount(source, directory, type, (nuint)(ulong)flags, options), $"mount {type}", directory);
    }

    /// <summary>Takes the mount that is on a directory away, at once; who uses it keeps it until it is done.</summary>
    /// <param name="directory">Where it is.</param>
    /// <returns>False when nothing is mounted there.</returns>
    /// <exception cref="LinuxException">Not allowed (EPERM).</exception>
    public static bool Remove(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (!IsMounted(directory))
        {
            return false;
        }

        LinuxException.ThrowIfFailed(LibC.umount2(directory, LibC.MntDetach), "umount", directory);
        return true;
    }

    /// <summary>True when something is mounted on a directory, as far as this process sees; proc_pid_mountinfo(5).</summary>
    /// <param name="directory">An absolute path without links.</param>
    public static bool IsMounted(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);

        // Spaces and their like are written as octal numbers.
        string written = string.Concat(directory.Select(c => c is ' ' or '\t' or '\n' or '\\' ? "\\" + Convert.ToString(c, 8).PadLeft(3, '0') : c.ToString()));
        return File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ', 6) is [_, _, _, _, var target, ..] && target == written);
    }
}
