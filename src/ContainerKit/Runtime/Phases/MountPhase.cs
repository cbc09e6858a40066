using System.Globalization;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Devices;

namespace ContainerKit.Runtime.Phases;

/// <summary>The file systems of the kernel below a container's root: /proc, /sys, /dev and what is in it.</summary>
/// <param name="program">What mounts.</param>
/// <param name="spec">The container.</param>
/// <param name="setting">How it starts.</param>
/// <param name="at">What is to be the container's root; empty once it is the root.</param>
internal sealed class MountPhase(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting, string at = "")
{
    internal const MountFlags Harmless = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC;

    private readonly DeviceNodes _devices = new(program, setting, at);
    private LaunchOperation _processes;
    private LaunchOperation _system;
    private LaunchOperation? _cgroups;
    private LaunchOperation? _sharedMemory;
    private LaunchOperation? _messageQueues;

    private bool InUserNamespace => setting.UserNamespace is not null;

    /// <summary>Takes the host's devices where they can't be made.</summary>
    internal void CloneDevices()
    {
        program.Stage("devices");
        _devices.CloneFromHost();
    }

    /// <summary>Takes the kernel's own file systems, in the container's namespaces, while those of the host are still in sight.</summary>
    internal void CloneKernelFileSystems()
    {
        program.Stage("kernel file systems");
        CloneSharedMemory();
        CreateProcessesAndSystem();
    }

    internal void MountKernelFileSystems()
    {
        program.Stage("kernel file systems");
        program.MakeDirectory(at + "/proc");
        program.AttachTree(_processes.Result, at + "/proc");
        program.MakeDirectory(at + "/dev");
        program.Mount("tmpfs", at + "/dev", "tmpfs", MountFlags.MS_NOSUID | MountFlags.MS_STRICTATIME, "mode=755,size=65536k");
        _devices.Create();
        program.MakeDirectory(at + "/dev/pts");

        // Group 5 is tty, as everywhere; a single mapped id has no such group.
        program.Mount("devpts", at + "/dev/pts", "devpts", MountFlags.MS_NOSUID | MountFlags.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620" + (setting.SingleId ? "" : ",gid=5"));
        MountSharedMemory();
        MountSystem();
    }

    /// <summary>Last, because mount points are made in the root before.</summary>
    internal void MakeRootReadOnly()
    {
        if (spec.Root.ReadOnly)
        {
            program.Stage("read-only root");
            foreach (string target in setting.Root is { } layout ? layout.Parts.Select(p => p.Target).Prepend("/") : ["/"])
            {
                program.Mount("none", target, null, MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_RDONLY);
            }
        }
    }

    /// <summary>Shared memory in /dev/shm and POSIX message queues go with the IPC namespace.</summary>
    private void CloneSharedMemory()
    {
        if (setting.Namespaces.JoinedFrom(NamespaceKinds.CLONE_NEWIPC) is { } process)
        {
            _sharedMemory = program.CloneTreeOf(LaunchProgramBuilder.InheritedDescriptor(process), "/dev/shm");
        }
        else if (setting.Namespaces.IsHost(NamespaceKinds.CLONE_NEWIPC))
        {
            _sharedMemory = Directory.Exists("/dev/shm") ? program.CloneTree("/dev/shm", recursive: false) : null;
            _messageQueues = Directory.Exists("/dev/mqueue") ? program.CloneTree("/dev/mqueue", recursive: false) : null;
        }
    }

    private void MountSharedMemory()
    {
        bool isHost = setting.Namespaces.IsHost(NamespaceKinds.CLONE_NEWIPC);
        if (_sharedMemory is { } shared)
        {
            program.MakeDirectory(at + "/dev/shm");
            program.AttachTree(shared.Result, at + "/dev/shm");
        }
        else if (!isHost && spec.SharedMemory is { } size)
        {
            program.MakeDirectory(at + "/dev/shm");
            program.Mount("shm", at + "/dev/shm", "tmpfs", Harmless, string.Create(CultureInfo.InvariantCulture, $"mode=1777,size={size}"));
        }

        if (_messageQueues is { } queues)
        {
            program.MakeDirectory(at + "/dev/mqueue");
            program.AttachTree(queues.Result, at + "/dev/mqueue");
        }
        else if (!isHost)
        {
            program.MakeDirectory(at + "/dev/mqueue");
            program.Mount("mqueue", at + "/dev/mqueue", "mqueue", Harmless);
        }
    }

    /// <summary>In a user namespace the kernel allows new instances only while the host's, unmasked ones are in sight (EPERM afterwards).</summary>
    private void CreateProcessesAndSystem()
    {
        const MountAttributes Attributes = MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NODEV | MountAttributes.MOUNT_ATTR_NOEXEC;
        program.Stage("kernel file systems");

        // A new instance shows a pid namespace, and only who owns that may have one.
        _processes = InUserNamespace && setting.Namespaces.IsHost(NamespaceKinds.CLONE_NEWPID)
            ? program.CloneTree("/proc", recursive: true)
            : program.CreateFileSystem("proc", Attributes);
        if (setting.Namespaces.IsHost(NamespaceKinds.CLONE_NEWCGROUP) && Directory.Exists("/sys/fs/cgroup"))
        {
            _cgroups = program.CloneTree("/sys/fs/cgroup", recursive: true);
            program.SetMountAttributes(_cgroups.Value.Result, Attributes | (spec.Privileged ? MountAttributes.None : MountAttributes.MOUNT_ATTR_RDONLY), recursive: true, "/sys/fs/cgroup");
        }

        if (!InUserNamespace || !setting.Namespaces.IsHost(NamespaceKinds.CLONE_NEWNET))
        {
            _system = program.CreateFileSystem("sysfs", Attributes | (spec.Privileged ? MountAttributes.None : MountAttributes.MOUNT_ATTR_RDONLY));
            return;
        }

        // sysfs shows network devices: a new instance needs an own network namespace.
        _system = program.CloneTree("/sys", recursive: true);
        program.SetMountAttributes(_system.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: true, "/sys");
    }

    private void MountSystem()
    {
        program.MakeDirectory(at + "/sys");
        program.AttachTree(_system.Result, at + "/sys");
        MountFlags access = spec.Privileged ? MountFlags.None : MountFlags.MS_RDONLY;
        if (_cgroups is { } host)
        {
            program.AttachTree(host.Result, at + "/sys/fs/cgroup");
        }
        else if (setting.CgroupMounts is [{ Options: null }])
        {
            program.Mount("cgroup2", at + "/sys/fs/cgroup", "cgroup2", Harmless | access);
        }
        else if (!setting.CgroupMounts.IsEmpty)
        {
            program.Mount("tmpfs", at + "/sys/fs/cgroup", "tmpfs", Harmless, "mode=755,size=64k");
            foreach (CgroupMount mount in setting.CgroupMounts)
            {
                string path = at + "/sys/fs/cgroup/" + mount.Name;
                program.MakeDirectory(path);
                program.Mount("cgroup", path, "cgroup", Harmless | access, mount.Options);
            }

            program.Mount("none", at + "/sys/fs/cgroup", null, Harmless | MountFlags.MS_REMOUNT | MountFlags.MS_BIND | access);
        }
    }
}
