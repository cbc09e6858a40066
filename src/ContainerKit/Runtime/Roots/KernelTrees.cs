using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Runtime.Phases;

namespace ContainerKit.Runtime.Roots;

/// <summary>The kernel's file systems of a container, mounted and protected, as detached trees that wait for its root.</summary>
internal sealed class KernelTrees
{
    private static readonly string[] s_paths = ["/proc", "/dev", "/sys"];

    private readonly List<(string Path, LaunchArgument Tree)> _trees = [];

    private KernelTrees()
    {
    }

    /// <summary>Makes them below a scratch file system, which is gone afterwards.</summary>
    /// <param name="program">The first part of a launch, in the container's namespaces.</param>
    /// <param name="spec">Any container that the trees are good for.</param>
    /// <param name="setting">How it starts.</param>
    internal static KernelTrees Make(LaunchProgramBuilder program, RuntimeSpec spec, LaunchSetting setting)
    {
        string at = setting.MountPoint;
        MountPhase mounts = new(program, spec, setting, at);
        mounts.CloneDevices();
        mounts.CloneKernelFileSystems();
        program.Stage("kernel file systems").Mount("tmpfs", at, "tmpfs", MountFlags.MS_NOSUID | MountFlags.MS_NODEV, "mode=755,size=64k");
        mounts.MountKernelFileSystems();
        NetworkPhase.Add(program, setting, at);
        new ProtectionPhase(program, spec, at).Add();

        KernelTrees trees = new();
        program.Stage("kernel file systems");
        foreach (string path in s_paths)
        {
            trees._trees.Add((path, program.CloneTree(at + path, recursive: true).Result));
        }

        program.Detach(at);
        return trees;
    }

    /// <summary>Attaches them in the container's root.</summary>
    internal void Attach(LaunchProgramBuilder program)
    {
        program.Stage("kernel file systems");
        foreach ((string path, LaunchArgument tree) in _trees)
        {
            program.MakeDirectory(path);
            program.AttachTree(tree, path);
        }
    }
}
