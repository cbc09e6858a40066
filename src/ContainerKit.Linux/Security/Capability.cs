namespace ContainerKit.Linux.Security;

/// <summary>A capability, capabilities(7). The values are the kernel's bit numbers.</summary>
public enum Capability
{
    /// <summary>Change owners and groups of files.</summary>
    CAP_CHOWN = 0,

    /// <summary>Pass permission checks for reading, writing and executing files.</summary>
    CAP_DAC_OVERRIDE = 1,

    /// <summary>Read any file, search any directory, open by file handle.</summary>
    CAP_DAC_READ_SEARCH = 2,

    /// <summary>Do what only a file's owner may.</summary>
    CAP_FOWNER = 3,

    /// <summary>Keep the set-user-ID and set-group-ID bits of a changed file.</summary>
    CAP_FSETID = 4,

    /// <summary>Signal any process.</summary>
    CAP_KILL = 5,

    /// <summary>Take on any group id, also through user namespace mappings.</summary>
    CAP_SETGID = 6,

    /// <summary>Take on any user id, also through user namespace mappings.</summary>
    CAP_SETUID = 7,

    /// <summary>Drop from the bounding set, add to the inheritable set, change securebits.</summary>
    CAP_SETPCAP = 8,

    /// <summary>Set the append-only and immutable attributes of files.</summary>
    CAP_LINUX_IMMUTABLE = 9,

    /// <summary>Bind to ports below net.ipv4.ip_unprivileged_port_start.</summary>
    CAP_NET_BIND_SERVICE = 10,

    /// <summary>Unused.</summary>
    CAP_NET_BROADCAST = 11,

    /// <summary>Configure interfaces, routes, firewalls.</summary>
    CAP_NET_ADMIN = 12,

    /// <summary>Raw and packet sockets.</summary>
    CAP_NET_RAW = 13,

    /// <summary>Lock memory without limit.</summary>
    CAP_IPC_LOCK = 14,

    /// <summary>Pass permission checks of System V IPC.</summary>
    CAP_IPC_OWNER = 15,

    /// <summary>Load and unload kernel modules.</summary>
    CAP_SYS_MODULE = 16,

    /// <summary>Access ports and physical memory.</summary>
    CAP_SYS_RAWIO = 17,

    /// <summary>chroot(2), and setns(2) into a mount namespace.</summary>
    CAP_SYS_CHROOT = 18,

    /// <summary>Trace any process, read and write its memory.</summary>
    CAP_SYS_PTRACE = 19,

    /// <summary>Process accounting, acct(2).</summary>
    CAP_SYS_PACCT = 20,

    /// <summary>Mount, make namespaces, and much else.</summary>
    CAP_SYS_ADMIN = 21,

    /// <summary>reboot(2) and kexec_load(2).</summary>
    CAP_SYS_BOOT = 22,

    /// <summary>Raise priorities, set affinity and scheduling of any process.</summary>
    CAP_SYS_NICE = 23,

    /// <summary>Exceed resource limits and quotas.</summary>
    CAP_SYS_RESOURCE = 24,

    /// <summary>Set the clock.</summary>
    CAP_SYS_TIME = 25,

    /// <summary>vhangup(2) and configuring terminals.</summary>
    CAP_SYS_TTY_CONFIG = 26,

    /// <summary>Make device nodes.</summary>
    CAP_MKNOD = 27,

    /// <summary>Leases on any file.</summary>
    CAP_LEASE = 28,

    /// <summary>Write to the kernel's audit log.</summary>
    CAP_AUDIT_WRITE = 29,

    /// <summary>Configure auditing.</summary>
    CAP_AUDIT_CONTROL = 30,

    /// <summary>Give capabilities to files.</summary>
    CAP_SETFCAP = 31,

    /// <summary>Override mandatory access control (Smack).</summary>
    CAP_MAC_OVERRIDE = 32,

    /// <summary>Configure mandatory access control (Smack).</summary>
    CAP_MAC_ADMIN = 33,

    /// <summary>syslog(2), and seeing kernel addresses.</summary>
    CAP_SYSLOG = 34,

    /// <summary>Timers that wake the system.</summary>
    CAP_WAKE_ALARM = 35,

    /// <summary>Keep the system from suspending.</summary>
    CAP_BLOCK_SUSPEND = 36,

    /// <summary>Read the audit log, Linux 3.16.</summary>
    CAP_AUDIT_READ = 37,

    /// <summary>Performance monitoring, Linux 5.8.</summary>
    CAP_PERFMON = 38,

    /// <summary>BPF programs and maps, Linux 5.8.</summary>
    CAP_BPF = 39,

    /// <summary>Checkpoint and restore, Linux 5.9.</summary>
    CAP_CHECKPOINT_RESTORE = 40,
}
