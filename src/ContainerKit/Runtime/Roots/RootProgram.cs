using System.Collections.Immutable;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime.Roots;

/// <summary>The launch program that mounts a container's root and binds, executes nothing and waits.</summary>
internal static class RootProgram
{
    internal static LaunchProgram Build(RuntimeSpec spec, LaunchSetting setting)
    {
        LaunchProgramBuilder program = new();
        program.Stage("namespaces").CloseForeignDescriptors(setting.InheritedCount);
        if (setting.UserNamespace is { } position)
        {
            program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(position), NamespaceKinds.CLONE_NEWUSER);
            program.SetIds(0, 0, setting.SingleId ? null : []);
        }

        program.Unshare(NamespaceKinds.CLONE_NEWNS);
        program.SetFileModeMask(0);
        program.Stage("root file system").Mount("none", "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE);
        RootFileSystem.Mount(program, setting.Root ?? new RootLayout(spec.Root, []), setting);

        program.Stage("binds");
        ImmutableArray<(RuntimeBind Bind, LaunchOperation Tree)> binds = [.. setting.Mounts.OfType<RuntimeBind>().Where(bind => Path.Exists(bind.Source)).Select(bind => (bind, Clone(program, bind)))];
        program.ChangeDirectory(setting.MountPoint);
        program.PivotRootHere();
        foreach ((RuntimeBind bind, LaunchOperation tree) in binds)
        {
            MakeTarget(program, bind);
            LaunchOperation place = program.OpenInside(bind.Target);
            program.AttachTree(tree.Result, place.Result, bind.Target);
            program.Call("close", place.Result);
            program.Call("close", tree.Result);
        }

        if (spec.Root.ReadOnly)
        {
            program.Stage("read-only root").Mount("none", "/", null, MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_RDONLY);
        }

        program.DieWithStarter();
        program.Checkpoint(0);
        program.Call("exit_group", 0);
        return program.Build();
    }

    private static LaunchOperation Clone(LaunchProgramBuilder program, RuntimeBind bind)
    {
        LaunchOperation tree = bind.Subpath is { } below ? program.CloneTreeBelow(bind.Source, below, recursive: true) : program.CloneTree(bind.Source, recursive: true);
        if (bind.ReadOnly)
        {
            program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: true, bind.Source);
        }

        return tree;
    }

    private static void MakeTarget(LaunchProgramBuilder program, RuntimeBind bind)
    {
        if (bind.IsDirectory)
        {
            program.MakeDirectories(bind.Target);
            return;
        }

        int slash = bind.Target.LastIndexOf('/');
        if (slash > 0)
        {
            program.MakeDirectories(bind.Target[..slash]);
        }

        program.MakeFile(bind.Target);
    }
}
