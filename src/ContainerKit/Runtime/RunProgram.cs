using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime;

/// <summary>The launch program of a container's first process. Its phases are in the order in which they have to happen.</summary>
internal static class RunProgram
{
    internal static LaunchProgram Build(RuntimeSpec spec, LaunchSetting setting)
    {
        LaunchProgramBuilder program = new();
        EnterNamespaces(program, spec, setting);

        program.Stage("root file system").Mount("none", "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE);
        RootFileSystem.Mount(program, setting.Root ?? new RootLayout(spec.Root, []), setting);
        MountPhase mounts = new(program, spec, setting);
        mounts.CloneHostTrees();
        program.ChangeDirectory(setting.MountPoint);
        program.PivotRootHere();
        mounts.MountKernelFileSystems();
        mounts.AttachUserMounts();
        NetworkPhase.Add(program, spec, at: "");
        mounts.Protect();
        Finish(program, spec, setting, mounts);
        return program.Build();
    }

    /// <summary>The part that is the same for many containers: namespaces and the kernel's file systems.</summary>
    /// <param name="spec">Any of these containers.</param>
    /// <param name="setting">How they start.</param>
    /// <param name="trees">What <see cref="BuildRest"/> attaches.</param>
    internal static LaunchProgramBuilder BuildBeginning(RuntimeSpec spec, LaunchSetting setting, out KernelTrees trees)
    {
        LaunchProgramBuilder program = new();
        EnterNamespaces(program, spec, setting);
        program.Stage("root file system").Mount("none", "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE);
        trees = KernelTrees.Make(program, spec, setting);
        return program;
    }

    /// <summary>What remains after <see cref="BuildBeginning"/>.</summary>
    internal static LaunchProgram BuildRest(RuntimeSpec spec, LaunchSetting setting, KernelTrees trees)
    {
        LaunchProgramBuilder program = PreparedLaunch.CreateRest();
        program.Stage("root file system");
        RootFileSystem.Mount(program, setting.Root ?? new RootLayout(spec.Root, []), setting);
        program.ChangeDirectory(setting.MountPoint);
        program.PivotRootHere();
        trees.Attach(program);
        MountPhase mounts = new(program, spec, setting);
        mounts.AttachUserMounts();
        Finish(program, spec, setting, mounts);
        return program.Build();
    }

    private static void Finish(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting, MountPhase mounts)
    {
        program.Stage("host name").SetHostName(spec.Hostname);
        ProcessPhase process = new(program, spec.Process, setting, spec.Privileged);
        process.OpenTerminal(isContainer: true);
        process.MakeWorkingDirectory();
        mounts.MakeRootReadOnly();
        process.EnterWorkingDirectory();
        process.DropPrivileges();
        process.Execute();
    }

    private static void EnterNamespaces(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting)
    {
        program.Stage("cgroup").CloseForeignDescriptors(setting.InheritedCount);
        foreach (string file in setting.CgroupProcesses)
        {
            // "0" is the writing process itself, cgroups(7).
            program.WriteFile(file, "0");
        }

        program.Stage("namespaces");
        if (setting.UserNamespace is { } position)
        {
            program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(position), NamespaceKinds.CLONE_NEWUSER);
            program.SetIds(0, 0, setting.SingleId ? null : []);
        }

        NamespaceKinds kinds = NamespaceKinds.CLONE_NEWNS | NamespaceKinds.CLONE_NEWPID | NamespaceKinds.CLONE_NEWUTS | NamespaceKinds.CLONE_NEWIPC
            | (spec.HostNetwork ? 0 : NamespaceKinds.CLONE_NEWNET);
        program.ContinueInChild(kinds, setting.Cgroup is { } cgroup ? LaunchProgramBuilder.InheritedDescriptor(cgroup) : null);

        // After the clone: with CLONE_INTO_CGROUP the namespace's root would otherwise be the parent's cgroup.
        program.Unshare(NamespaceKinds.CLONE_NEWCGROUP);
        program.SetFileModeMask(0);
        program.BecomeSessionLeader();
    }
}
