using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Namespaces;
using ContainerKit.Runtime.Phases;
using ContainerKit.Runtime.Roots;

namespace ContainerKit.Runtime;

/// <summary>The launch program of a container's first process. Its phases are in the order in which they have to happen.</summary>
internal static class RunProgram
{
    internal static LaunchProgram Build(RuntimeSpec spec, LaunchSetting setting)
    {
        LaunchProgramBuilder program = BuildWithRoot(spec, setting, waitsForNetwork: spec.ConnectNetwork is not null);
        Finish(program, spec, setting);
        return program.Build();
    }

    /// <summary>Everything but the end: namespaces and the container's root with all that is mounted in it.</summary>
    internal static LaunchProgramBuilder BuildWithRoot(RuntimeSpec spec, LaunchSetting setting, bool waitsForNetwork = false)
    {
        LaunchProgramBuilder program = new();
        if (setting.Supervisor is { } supervisor)
        {
            program.ContinueBelowSupervisor(supervisor);
        }

        UserMountPhase userMounts = new(program, setting);
        MountPhase mounts = new(program, spec, setting);
        EntryPhase.Add(program, spec.Process, setting);
        if (setting.Remap is null)
        {
            EnterNamespaces(program, setting);
            userMounts.ClonePropagatingTrees();
            CutOff(program);
            RootFileSystem.Mount(program, setting.Root ?? new RootLayout(spec.Root, []), setting);
            userMounts.CloneTrees();
            mounts.CloneDevices();
            program.ChangeDirectory(setting.MountPoint);
        }
        else
        {
            EnterRemapped(program, spec, setting, userMounts, mounts);
        }

        mounts.CloneKernelFileSystems();
        program.PivotRootHere();
        mounts.MountKernelFileSystems();
        userMounts.Attach();
        NetworkPhase.Add(program, setting, at: "", waitsForNetwork);
        SetParameters(program, spec);
        new ProtectionPhase(program, spec).Add();
        return program;
    }

    /// <summary>What remains after <see cref="BuildWithRoot"/>.</summary>
    internal static LaunchProgram BuildEnd(RuntimeSpec spec, LaunchSetting setting)
    {
        LaunchProgramBuilder program = PreparedLaunch.CreateRest();
        Finish(program, spec, setting);
        return program.Build();
    }

    /// <summary>The part that is the same for many containers: namespaces and the kernel's file systems.</summary>
    /// <param name="spec">Any of these containers.</param>
    /// <param name="setting">How they start.</param>
    /// <param name="trees">What <see cref="BuildRest"/> attaches.</param>
    internal static LaunchProgramBuilder BuildBeginning(RuntimeSpec spec, LaunchSetting setting, out KernelTrees trees)
    {
        LaunchProgramBuilder program = new();
        EntryPhase.Add(program, spec.Process, setting);
        EnterNamespaces(program, setting);
        CutOff(program);
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
        new UserMountPhase(program, setting).Attach();
        Finish(program, spec, setting);
        return program.Build();
    }

    private static void Finish(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting)
    {
        SetNames(program, spec, setting);
        ProcessPhase process = new(program, spec.Process, setting);
        process.OpenTerminal(isContainer: true);
        process.MakeWorkingDirectory();
        new MountPhase(program, spec, setting).MakeRootReadOnly();
        process.EnterWorkingDirectory();
        process.DropPrivileges();
        if (spec.Process.Init)
        {
            program.Stage("init").ContinueBelowInit(spec.Process.Terminal);
        }

        process.Execute();
    }

    private static void SetParameters(LaunchProgramBuilder program, RuntimeSpec spec)
    {
        foreach ((string path, string value) in spec.Sysctls)
        {
            program.Stage("sysctls").WriteFile("/proc/sys/" + path, value);
        }
    }

    private static void SetNames(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting)
    {
        if (!setting.Namespaces.IsNew(NamespaceKinds.CLONE_NEWUTS))
        {
            return;
        }

        program.Stage("host name").SetHostName(spec.Hostname);
        if (spec.Domainname is { } domain)
        {
            program.SetDomainName(domain);
        }
    }

    /// <summary>
    /// What comes from the host is taken with the privileges of the host, in a mount namespace of it; the container's own is made in the user
    /// namespace, which the process becomes root of last: until then it may do on the host's paths what their owner may.
    /// </summary>
    private static void EnterRemapped(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting, UserMountPhase userMounts, MountPhase mounts)
    {
        program.Stage("namespaces").Unshare(NamespaceKinds.CLONE_NEWNS);
        userMounts.ClonePropagatingTrees();
        CutOff(program);
        LaunchOperation root = RemappedRoot.Create(program, spec.Root, setting);
        userMounts.CloneTrees();
        mounts.CloneDevices();
        EnterNamespaces(program, setting);
        program.Stage("root file system").AttachTree(root.Result, setting.MountPoint);
        program.ChangeDirectory(setting.MountPoint);
        program.SetIds(0, 0, []);
    }

    private static void CutOff(LaunchProgramBuilder program)
        => program.Stage("root file system").Mount("none", "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE);

    private static void EnterNamespaces(LaunchProgramBuilder program, LaunchSetting setting)
    {
        program.Stage("namespaces");
        if (setting.UserNamespace is { } position)
        {
            program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(position), NamespaceKinds.CLONE_NEWUSER);
            if (setting.Remap is null)
            {
                program.SetIds(0, 0, setting.SingleId ? null : []);
            }
        }

        foreach (JoinedNamespaces joined in setting.Namespaces.Joined)
        {
            program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(joined.Position), joined.Kinds);
        }

        NamespaceKinds kinds = setting.Namespaces.New & ~NamespaceKinds.CLONE_NEWCGROUP;
        program.ContinueInChild(kinds, setting.Cgroup is { } cgroup ? LaunchProgramBuilder.InheritedDescriptor(cgroup) : null);
        if (setting.Namespaces.IsNew(NamespaceKinds.CLONE_NEWCGROUP))
        {
            // After the clone: with CLONE_INTO_CGROUP the namespace's root would otherwise be the parent's cgroup.
            program.Unshare(NamespaceKinds.CLONE_NEWCGROUP);
        }

        program.SetFileModeMask(0);
        program.BecomeSessionLeader();
    }
}
