using System.Globalization;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Handles;

/// <summary>A namespace, namespaces(7); it exists at least as long as this descriptor is open.</summary>
public sealed class NamespaceFd : FileDescriptor
{
    private NamespaceFd(int number)
        : base(number, ownsDescriptor: true)
    {
    }

    /// <summary>Opens a namespace by path.</summary>
    /// <param name="path"><c>/proc/PID/ns/net</c> or a file where a namespace is bound.</param>
    /// <returns>A descriptor that the caller owns.</returns>
    /// <exception cref="LinuxException">There is no such file (ENOENT) or no right to see it (EACCES).</exception>
    public static NamespaceFd Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(LinuxException.ThrowIfFailed(LibC.open(path, LibC.ORdOnly | LibC.OCloExec, 0), "open", path));
    }

    /// <summary>Opens a namespace of a process.</summary>
    /// <param name="pid">A process id; the caller makes sure that it has not been reused.</param>
    /// <param name="kind">The name in <c>/proc/PID/ns</c>: net, mnt, pid, user, uts, ipc, cgroup.</param>
    /// <returns>A descriptor that the caller owns.</returns>
    /// <exception cref="LinuxException">The process ended (ENOENT) or there is no right to see its namespaces (EACCES).</exception>
    public static NamespaceFd Open(int pid, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        return Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{kind}"));
    }

    /// <summary>What tells it from other namespaces of its kind while it exists: <c>net:[4026531840]</c>.</summary>
    /// <returns>The kind and the inode number.</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public string ReadIdentity()
    {
        bool added = false;
        DangerousAddRef(ref added);
        try
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{DangerousGetHandle()}");
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name ?? throw new IOException($"{path} is no link.");
        }
        finally
        {
            DangerousRelease();
        }
    }
}
