using System.Collections.Frozen;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime.Namespaces;

/// <summary>Kernel parameters that a namespace has of its own, sysctl(8); all others are the whole machine's.</summary>
internal static class NamespacedSysctl
{
    private static readonly FrozenSet<string> s_ipc = FrozenSet.Create(
        StringComparer.Ordinal,
        "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced");

    /// <summary>What the parameters are, for messages.</summary>
    internal const string Allowed = "a parameter of a namespace: net.*, fs.mqueue.*, kernel.msgmax, kernel.msgmnb, kernel.msgmni, kernel.sem, "
        + "kernel.shmall, kernel.shmmax, kernel.shmmni, kernel.shm_rmid_forced";

    /// <summary>
    /// The path below /proc/sys; null when the name is none. As sysctl(8) reads it: where a slash comes first, slashes separate and dots are
    /// part of a name (<c>net/ipv4/conf/eth0.100/forwarding</c>), otherwise the other way round.
    /// </summary>
    internal static string? PathOf(string name)
    {
        int separator = name.AsSpan().IndexOfAny('.', '/');
        if (separator <= 0)
        {
            return null;
        }

        string path = name[separator] == '/' ? name : string.Concat(name.Select(c => c switch { '.' => '/', '/' => '.', _ => c }));
        return path.Contains('\0', StringComparison.Ordinal) || path.Split('/').Any(part => part is "" or "." or "..") ? null : path;
    }

    /// <summary>The kind of namespace that a parameter belongs to; null for those of the machine.</summary>
    internal static NamespaceKinds? KindOf(string path)
        => path.StartsWith("net/", StringComparison.Ordinal) ? NamespaceKinds.CLONE_NEWNET
            : path.StartsWith("fs/mqueue/", StringComparison.Ordinal) || s_ipc.Contains(path) ? NamespaceKinds.CLONE_NEWIPC
            : null;
}
