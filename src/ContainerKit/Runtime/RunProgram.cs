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

        UserMountPhase userMounts = new(program, setting);
        userMounts.ClonePropagatingTrees();
        program.Stage("root file system").Mount("none", "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE);
        RootFileSystem.Mount(program, setting.Root ?? new RootLayout(spec.Root, []), setting);
        MountPhase mounts = new(program, spec, setting);
        userMounts.CloneTrees();
        mounts.CloneHostTrees();
        program.ChangeDirectory(setting.MountPoint);
        program.PivotRootHere();
        mounts.MountKernelFileSystems();
        userMounts.Attach();
        NetworkPhase.Add(program, setting);
        SetParameters(program, spec);
        new ProtectionPhase(program, spec).Add();
        SetNames(program, spec, setting);
        ProcessPhase process = new(program, spec.Process, setting);
        process.OpenTerminal(isContainer: true);
        process.MakeWorkingDirectory();
        mounts.MakeRootReadOnly();
        process.EnterWorkingDirectory();
        process.DropPrivileges();
        if (spec.Process.Init)
        {
            program.Stage("init").ContinueBelowInit(spec.Process.Terminal);
        }

        process.Execute();
        return program.Build();
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
