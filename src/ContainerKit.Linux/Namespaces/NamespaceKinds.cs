namespace ContainerKit.Linux.Namespaces;

/// <summary>Kinds of namespaces; the values are the flags of clone(2), unshare(2) and setns(2). See namespaces(7).</summary>
[Flags]
#pragma warning disable CA1008 // the kernel's flags have no member for none
public enum NamespaceKinds : long
{
    /// <summary>Mounts, mount_namespaces(7).</summary>
    CLONE_NEWNS = 0x00020000,

    /// <summary>The view of the cgroup hierarchy, cgroup_namespaces(7).</summary>
    CLONE_NEWCGROUP = 0x02000000,

    /// <summary>Host and domain name, uts_namespaces(7).</summary>
    CLONE_NEWUTS = 0x04000000,

    /// <summary>System V IPC and POSIX message queues, ipc_namespaces(7).</summary>
    CLONE_NEWIPC = 0x08000000,

    /// <summary>User and group ids and capabilities, user_namespaces(7).</summary>
    CLONE_NEWUSER = 0x10000000,

    /// <summary>Process ids, pid_namespaces(7).</summary>
    CLONE_NEWPID = 0x20000000,

    /// <summary>Network devices, addresses, sockets, network_namespaces(7).</summary>
    CLONE_NEWNET = 0x40000000,
}
