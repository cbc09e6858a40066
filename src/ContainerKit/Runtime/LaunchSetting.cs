using System.Collections.Immutable;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Security;
using ContainerKit.Runtime.Devices;
using ContainerKit.Runtime.Namespaces;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Roots;

namespace ContainerKit.Runtime;

/// <summary>What a launch program needs to know beyond the spec: all that was decided by looking at this machine and at the image.</summary>
internal sealed record LaunchSetting
{
    /// <summary>The position of the user namespace's descriptor among those passed on; null as root.</summary>
    public int? UserNamespace { get; init; }

    /// <summary>The ids of that namespace on the host, where root has made it for the container; null otherwise.</summary>
    public IdRange? Remap { get; init; }

    /// <summary>True when only root is mapped in the user namespace.</summary>
    public bool SingleId { get; init; }

    /// <summary>The namespaces that are made, joined and kept.</summary>
    public NamespacePlan Namespaces { get; init; } = NamespacePlan.Private;

    /// <summary>The position of the cgroup v2 directory's descriptor; null when there is none.</summary>
    public int? Cgroup { get; init; }

    /// <summary>cgroup v1: files into which the launching process writes itself.</summary>
    public ImmutableArray<string> CgroupProcesses { get; init; } = [];

    /// <summary>What is mounted below /sys/fs/cgroup.</summary>
    public ImmutableArray<CgroupMount> CgroupMounts { get; init; } = [];

    /// <summary>The position of the socket that a terminal's master is sent through; null without a terminal.</summary>
    public int? TerminalSocket { get; init; }

    /// <summary>How many descriptors are passed on.</summary>
    public int InheritedCount { get; init; }

    /// <summary>What stays with the container when the engine ends; null where nothing does. Its descriptors are beyond those that are counted.</summary>
    public SupervisorPlan? Supervisor { get; init; }

    /// <summary>An existing directory where the root is mounted, in the new mount namespace only.</summary>
    public string MountPoint { get; init; } = "/";

    /// <summary>The overlays of the root.</summary>
    public RootLayout? Root { get; init; }

    /// <summary>The lowest layer, which has what is mounted on; null for none.</summary>
    public string? MountPointLayer { get; init; }

    /// <summary>A directory of the root that is hidden: the engine's own files, in a view of the directory that holds them; null for none.</summary>
    public string? HiddenDirectory { get; init; }

    /// <summary>User, groups and home directory, looked up in the image.</summary>
    public required ResolvedUser User { get; init; }

    /// <summary>Capabilities that the process gets.</summary>
    public required CapabilitySet Capabilities { get; init; }

    /// <summary>Capabilities that the launching process has in its user namespace.</summary>
    public required CapabilitySet Available { get; init; }

    /// <summary>Compiled seccomp filter; null for none.</summary>
    public SeccompFilter? Seccomp { get; init; }

    /// <summary>Devices besides the usual ones.</summary>
    public ImmutableArray<DeviceNode> Devices { get; init; } = [];

    /// <summary>The process's environment, complete.</summary>
    public required ImmutableArray<string> Environment { get; init; }

    /// <summary>Working directory without symbolic links.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The spec's mounts with targets that have no symbolic links.</summary>
    public ImmutableArray<RuntimeMount> Mounts { get; init; } = [];
}

/// <summary>A cgroup file system inside the container.</summary>
/// <param name="Name">Directory below /sys/fs/cgroup; empty for cgroup v2, which is mounted on it.</param>
/// <param name="Options">Mount options: the v1 controllers; null for v2.</param>
internal sealed record CgroupMount(string Name, string? Options);
