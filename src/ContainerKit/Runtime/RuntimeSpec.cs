using System.Collections.Immutable;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Namespaces;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Protection;
using ContainerKit.Runtime.Supervision;

namespace ContainerKit.Runtime;

/// <summary>A container as the kernel will see it: image config and container options are merged, paths are host paths.</summary>
internal sealed record RuntimeSpec
{
    /// <summary>Docker's default.</summary>
    internal const long DefaultSharedMemory = 64 << 20;

    /// <summary>The container's full id; names its cgroup.</summary>
    public required string Id { get; init; }

    /// <summary>The root file system.</summary>
    public required RuntimeRoot Root { get; init; }

    /// <summary>What is executed, as whom, with what.</summary>
    public required RuntimeProcess Process { get; init; }

    /// <summary>Host name inside; without a meaning where the host name is the host's or another container's.</summary>
    public required string Hostname { get; init; }

    /// <summary>NIS domain name inside; null leaves the kernel's.</summary>
    public string? Domainname { get; init; }

    /// <summary>Which namespaces are the container's own.</summary>
    public RuntimeNamespaces Namespaces { get; init; } = new();

    /// <summary>True: the host's network.</summary>
    public bool HostNetwork => Namespaces.Network.Kind == RuntimeNamespaceKind.Host;

    /// <summary>The host's ids that those of the container stand for, as root only; null: they are the engine's.</summary>
    public IdRange? UserNamespace { get; init; }

    /// <summary>Size of /dev/shm in bytes where it is the container's own; null: there is none.</summary>
    public long? SharedMemory { get; init; } = DefaultSharedMemory;

    /// <summary>Kernel parameters by their path below /proc/sys.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Sysctls { get; init; } = [];

    /// <summary>Binds and tmpfs, in the order in which they are mounted.</summary>
    public ImmutableArray<RuntimeMount> Mounts { get; init; } = [];

    /// <summary>Devices besides the usual ones.</summary>
    public ImmutableArray<RuntimeDevice> Devices { get; init; } = [];

    /// <summary>What may be done with devices besides that, as root only.</summary>
    public ImmutableArray<DeviceRule> DeviceRules { get; init; } = [];

    /// <summary>Paths that are hidden; null for the default.</summary>
    public ImmutableArray<string>? MaskedPaths { get; init; }

    /// <summary>Paths that can't be written; null for the default.</summary>
    public ImmutableArray<string>? ReadOnlyPaths { get; init; }

    /// <summary>What lets it outlive the engine; null: it ends with it.</summary>
    public RuntimeSupervision? Supervision { get; init; }

    /// <summary>Memory, in bytes, at least 6 MiB; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>CPU time per second of wall time, 1.0 is one processor; null for no limit.</summary>
    public double? CpuLimit { get; init; }

    /// <summary>Number of processes and threads; null for no limit.</summary>
    public long? PidsLimit { get; init; }

    /// <summary>All limits besides these three.</summary>
    public CgroupLimits FurtherLimits { get; init; } = CgroupLimits.None;

    /// <summary>All limits together.</summary>
    public CgroupLimits Limits => FurtherLimits with { MemoryBytes = MemoryLimit, Processors = CpuLimit, Pids = PidsLimit };

    /// <summary>
    /// Makes the interfaces of its network namespace, which that process is in, before anything of the container runs; null for none but loopback.
    /// </summary>
    public Func<int, CancellationToken, Task>? ConnectNetwork { get; init; }

    /// <summary>True: every capability there is, no seccomp, no masked paths, writable /sys, all devices.</summary>
    public bool Privileged { get; init; }
}

/// <summary>An overlay root file system.</summary>
/// <param name="Lower">Directories of the layers, topmost first; at least one.</param>
/// <param name="Upper">The writable layer; exists.</param>
/// <param name="Work">The overlay's work directory, on the same file system as Upper; exists.</param>
/// <param name="ReadOnly">True: the container can't write to its root.</param>
/// <param name="Volatile">True: nothing of the upper layer outlives the container, so syncing it is skipped.</param>
internal sealed record RuntimeRoot(ImmutableArray<string> Lower, string Upper, string Work, bool ReadOnly, bool Volatile);

/// <summary>What is executed inside.</summary>
internal sealed record RuntimeProcess
{
    /// <summary>argv; the first is looked up in PATH of <see cref="Environment"/> when it has no slash. Not empty.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>NAME=value entries.</summary>
    public required ImmutableArray<string> Environment { get; init; }

    /// <summary>Absolute path inside; made when missing (run only).</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary><c>user[:group]</c>, names or numbers, as in an image config; empty for root. Names come from the container's passwd and group.</summary>
    public string User { get; init; } = "";

    /// <summary>Further group names or numbers.</summary>
    public ImmutableArray<string> AdditionalGroups { get; init; } = [];

    /// <summary>Capability names as CAP_*, the process's bounding, permitted and effective set.</summary>
    public required ImmutableArray<string> Capabilities { get; init; }

    /// <summary>Resource limits, setrlimit(2).</summary>
    public ImmutableArray<RuntimeRlimit> Rlimits { get; init; } = [];

    /// <summary>True: execve can't gain privileges.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Seccomp profile in Docker's JSON form, <see cref="SeccompFilters.Unconfined"/>, or null for the default.</summary>
    public string? SeccompProfile { get; init; }

    /// <summary>AppArmor profile that is loaded; null for none.</summary>
    public string? AppArmorProfile { get; init; }

    /// <summary>oom_score_adj of proc(5); null leaves the engine process's.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>True: the first process is an init, which the command is a child of (run only).</summary>
    public bool Init { get; init; }

    /// <summary>True: a pseudo-terminal is the controlling terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Initial terminal size in characters; 0 leaves the kernel's default.</summary>
    public (int Rows, int Columns) TerminalSize { get; init; }

    /// <summary>True: a pipe for standard input; false: /dev/null. A terminal always has input.</summary>
    public bool OpenStdin { get; init; }
}

/// <summary>A resource limit.</summary>
/// <param name="Name">Docker's name in lower case: nofile, nproc, core…</param>
/// <param name="Soft">Soft limit; <see cref="ulong.MaxValue"/> is unlimited.</param>
/// <param name="Hard">Hard limit; <see cref="ulong.MaxValue"/> is unlimited.</param>
internal sealed record RuntimeRlimit(string Name, ulong Soft, ulong Hard);

/// <summary>A mount inside a container.</summary>
/// <param name="Target">Absolute path inside the container, made when missing.</param>
internal abstract record RuntimeMount(string Target);

/// <summary>A host file or directory at <paramref name="Target"/>.</summary>
internal sealed record RuntimeBind(string Source, string Target, bool ReadOnly) : RuntimeMount(Target)
{
    /// <summary>What of the source is mounted, below it; null: all of it. Others may change it meanwhile, so no link there leads out of the source.</summary>
    public string? Subpath { get; init; }

    /// <summary>True: it is a directory, as far as can be seen.</summary>
    internal bool IsDirectory => Directory.Exists(Subpath is null ? Source : Path.Combine(Source, Subpath));

    /// <summary>True: with the mounts below it.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>True: mounts below it stay writable where <see cref="ReadOnly"/> is set.</summary>
    public bool ReadOnlyTopOnly { get; init; }

    /// <summary>Further attributes, for the mounts below as well.</summary>
    public MountAttributes Attributes { get; init; }

    /// <summary>MS_PRIVATE, MS_SLAVE or MS_SHARED.</summary>
    public MountFlags Propagation { get; init; } = MountFlags.MS_PRIVATE;

    /// <summary>True: a source that is missing is made, as a directory.</summary>
    public bool CreateSource { get; init; }
}

/// <summary>A small generated file, which lives in memory as long as the container runs.</summary>
internal sealed record RuntimeFile(string Target, ReadOnlyMemory<byte> Content, bool ReadOnly) : RuntimeMount(Target)
{
    /// <summary>Permission bits; 0644 unless it says another.</summary>
    public int Mode { get; init; } = 0x1A4;

    public uint UserId { get; init; }

    public uint GroupId { get; init; }
}

/// <summary>An empty tmpfs. Size in bytes, null for the kernel's default (half of memory); mode in octal digits' value.</summary>
internal sealed record RuntimeTmpfs(string Target, long? Size, int Mode, MountAttributes Attributes) : RuntimeMount(Target)
{
    /// <summary>Owner of its root directory; null for root.</summary>
    public uint? UserId { get; init; }

    /// <summary>Group of its root directory; null for root's.</summary>
    public uint? GroupId { get; init; }

    /// <summary>The most files; null for the kernel's default.</summary>
    public long? Inodes { get; init; }
}

/// <summary>A device of the host, or a directory of devices.</summary>
/// <param name="HostPath">Absolute path on the host.</param>
/// <param name="Path">Absolute path inside.</param>
/// <param name="Access">What may be done with it.</param>
internal sealed record RuntimeDevice(string HostPath, string Path, DeviceAccess Access);

/// <summary>A further process in a running container.</summary>
internal sealed record RuntimeExecSpec
{
    /// <summary>The container's full id.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The container's first process.</summary>
    public required ProcessIdentity Container { get; init; }

    /// <summary>The layers' directories, topmost first and the upper directory before them; names are looked up there.</summary>
    public required ImmutableArray<string> RootDirectories { get; init; }

    /// <summary>What is executed.</summary>
    public required RuntimeProcess Process { get; init; }

    /// <summary>True: the container may have been started by another engine, so its user namespace is not necessarily this one's.</summary>
    public bool IsSupervised { get; init; }

    /// <summary>As in the container's <see cref="RuntimeSpec.UserNamespace"/>.</summary>
    public IdRange? UserNamespace { get; init; }

    /// <summary>True: no seccomp filter and every capability.</summary>
    public bool Privileged { get; init; }
}
