using System.Globalization;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime;

/// <summary>Everything that is mounted below a container's root.</summary>
internal sealed class MountPhase(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting)
{
    private const MountFlags Harmless = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC;

    /// <summary>On the tmpfs of /dev, for a moment.</summary>
    private const string TemporaryFile = "/dev/.containerkit";

    private readonly DeviceNodes _devices = new(program, setting);
    private readonly List<(RuntimeBind Bind, LaunchOperation Tree)> _binds = [];
    private LaunchOperation _processes;
    private LaunchOperation _system;
    private LaunchOperation? _cgroups;
    private LaunchOperation? _sharedMemory;
    private LaunchOperation? _messageQueues;

    private bool InUserNamespace => setting.UserNamespace is not null;

    /// <summary>
    /// Takes what comes from the host as detached mounts while the host's paths still mean something. They are attached after pivot_root,
    /// so that their targets are resolved inside the container's root and no link in an image can redirect them.
    /// </summary>
    internal void CloneHostTrees()
    {
        program.Stage("binds");
        foreach (RuntimeBind bind in setting.Mounts.OfType<RuntimeBind>())
        {
            LaunchOperation tree = program.CloneTree(bind.Source, recursive: true);
            if (bind.ReadOnly)
            {
                program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: true, bind.Source);
            }

            _binds.Add((bind, tree));
        }

        _devices.CloneFromHost();
        CloneSharedMemory();
        CreateProcessesAndSystem();
    }

    internal void MountKernelFileSystems()
    {
        program.Stage("kernel file systems");
        program.MakeDirectory("/proc");
        program.AttachTree(_processes.Result, "/proc");
        program.MakeDirectory("/dev");
        program.Mount("tmpfs", "/dev", "tmpfs", MountFlags.MS_NOSUID | MountFlags.MS_STRICTATIME, "mode=755,size=65536k");
        _devices.Create();
        program.MakeDirectory("/dev/pts");

        // Group 5 is tty, as everywhere; a single mapped id has no such group.
        program.Mount("devpts", "/dev/pts", "devpts", MountFlags.MS_NOSUID | MountFlags.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620" + (setting.SingleId ? "" : ",gid=5"));
        MountSharedMemory();
        MountSystem();
    }

    /// <summary>The spec's own mounts, in its order: a later one may lie inside an earlier one.</summary>
    internal void AttachUserMounts()
    {
        program.Stage("mounts");
        if (setting.HiddenDirectory is { } hidden)
        {
            program.Mount("tmpfs", hidden, "tmpfs", Harmless | MountFlags.MS_RDONLY, "size=0").Tolerate(Errno.ENOENT);
        }

        foreach (RuntimeMount mount in setting.Mounts)
        {
            MakeTarget(mount);
            switch (mount)
            {
                case RuntimeBind host:
                    Attach(_binds.Find(b => ReferenceEquals(b.Bind, host)).Tree, host.Target);
                    break;
                case RuntimeFile file:
                    LaunchOperation tree = program.MakeFileTree(TemporaryFile, file.Content);
                    if (file.ReadOnly)
                    {
                        program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: false, file.Target);
                    }

                    Attach(tree, file.Target);
                    program.RemoveFile(TemporaryFile);
                    break;
                case RuntimeTmpfs tmpfs:
                    MountFlags flags = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | (tmpfs.ReadOnly ? MountFlags.MS_RDONLY : 0) | (tmpfs.NoExec ? MountFlags.MS_NOEXEC : 0);
                    program.Mount("tmpfs", tmpfs.Target, "tmpfs", flags, $"mode={Convert.ToString(tmpfs.Mode, 8)}" + (tmpfs.Size is { } size ? $",size={size}" : ""));
                    break;
            }
        }
    }

    /// <summary>Hides and write-protects what shows or controls the whole machine.</summary>
    internal void Protect()
    {
        if (spec.Privileged)
        {
            return;
        }

        program.Stage("protected paths");
        foreach (string path in ProtectedPaths.HiddenFiles)
        {
            // The container's own /dev/null: nothing to be read, nothing to be written.
            LaunchOperation nothing = program.CloneTree("/dev/null", recursive: false);
            program.AttachTree(nothing.Result, path).Tolerate(Errno.ENOENT);
            program.Call("close", nothing.Result);
        }

        foreach (string path in ProtectedPaths.HiddenDirectories)
        {
            program.Mount("tmpfs", path, "tmpfs", Harmless | MountFlags.MS_RDONLY, "size=0").Tolerate(Errno.ENOENT);
        }

        foreach (string path in ProtectedPaths.ReadOnly)
        {
            LaunchOperation tree = program.CloneTree(path, recursive: true);
            program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: true, path);
            program.AttachTree(tree.Result, path);
            program.Call("close", tree.Result);
        }
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

    private void Attach(LaunchOperation tree, string target)
    {
        LaunchOperation place = program.OpenInside(target);
        program.AttachTree(tree.Result, place.Result, target);
        program.Call("close", place.Result);
        program.Call("close", tree.Result);
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
            program.MakeDirectory("/dev/shm");
            program.AttachTree(shared.Result, "/dev/shm");
        }
        else if (!isHost && spec.SharedMemory is { } size)
        {
            program.MakeDirectory("/dev/shm");
            program.Mount("shm", "/dev/shm", "tmpfs", Harmless, string.Create(CultureInfo.InvariantCulture, $"mode=1777,size={size}"));
        }

        if (_messageQueues is { } queues)
        {
            program.MakeDirectory("/dev/mqueue");
            program.AttachTree(queues.Result, "/dev/mqueue");
        }
        else if (!isHost)
        {
            program.MakeDirectory("/dev/mqueue");
            program.Mount("mqueue", "/dev/mqueue", "mqueue", Harmless);
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
        program.MakeDirectory("/sys");
        program.AttachTree(_system.Result, "/sys");
        MountFlags access = spec.Privileged ? MountFlags.None : MountFlags.MS_RDONLY;
        if (_cgroups is { } host)
        {
            program.AttachTree(host.Result, "/sys/fs/cgroup");
        }
        else if (setting.CgroupMounts is [{ Options: null }])
        {
            program.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", Harmless | access);
        }
        else if (!setting.CgroupMounts.IsEmpty)
        {
            program.Mount("tmpfs", "/sys/fs/cgroup", "tmpfs", Harmless, "mode=755,size=64k");
            foreach (CgroupMount mount in setting.CgroupMounts)
            {
                string path = "/sys/fs/cgroup/" + mount.Name;
                program.MakeDirectory(path);
                program.Mount("cgroup", path, "cgroup", Harmless | access, mount.Options);
            }

            program.Mount("none", "/sys/fs/cgroup", null, Harmless | MountFlags.MS_REMOUNT | MountFlags.MS_BIND | access);
        }
    }

    private void MakeTarget(RuntimeMount mount)
    {
        if (mount is RuntimeFile || (mount is RuntimeBind { } bind && !Directory.Exists(bind.Source)))
        {
            int slash = mount.Target.LastIndexOf('/');
            if (slash > 0)
            {
                program.MakeDirectories(mount.Target[..slash]);
            }

            program.MakeFile(mount.Target);
        }
        else
        {
            program.MakeDirectories(mount.Target);
        }
    }
}
