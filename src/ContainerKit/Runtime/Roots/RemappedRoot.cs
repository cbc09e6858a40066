using System.Globalization;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;

namespace ContainerKit.Runtime.Roots;

/// <summary>
/// The root of a container in a user namespace that root has made: an overlay of layers whose owners are shifted by their mounts
/// (MOUNT_ATTR_IDMAP, Linux 5.12; as overlay layers 5.19), so that the files on disk keep the owners that images have.
/// </summary>
internal static class RemappedRoot
{
    /// <summary>Mounts it as a process of the host in a mount namespace of its own.</summary>
    /// <returns>The operation whose result is the root, a detached mount.</returns>
    internal static LaunchOperation Create(LaunchProgramBuilder program, RuntimeRoot root, LaunchSetting setting)
    {
        // Layers have to be attached somewhere when the overlay is mounted; it keeps what it needs of them.
        string stage = setting.MountPoint;
        program.Mount("tmpfs", stage, "tmpfs", MountFlags.MS_NOSUID | MountFlags.MS_NODEV, "mode=700");
        List<string> lower = [];
        foreach (string layer in setting.MountPointLayer is { } lowest ? root.Lower.Add(lowest) : root.Lower)
        {
            lower.Add(Shift(program, layer, string.Create(CultureInfo.InvariantCulture, $"{stage}/{lower.Count}"), setting));
        }

        string writable = Shift(program, Path.GetDirectoryName(root.Upper)!, stage + "/rw", setting);
        RuntimeRoot shifted = root with
        {
            Lower = [.. lower],
            Upper = $"{writable}/{Path.GetFileName(root.Upper)}",
            Work = $"{writable}/{Path.GetFileName(root.Work)}",
        };
        program.MakeDirectory(stage + "/root");

        // The overlay makes files as who mounted it, and on its shifted layers that has to be an id that they have.
        uint owner = setting.Remap!.Value.Outside;
        program.ActOnFilesAs(owner, owner);
        RootFileSystem.Mount(program, new RootLayout(shifted, []), setting with { MountPoint = stage + "/root", MountPointLayer = null });
        program.ActOnFilesAs(0, 0);
        LaunchOperation tree = program.CloneTree(stage + "/root", recursive: false);
        program.Detach(stage);
        return tree;
    }

    private static string Shift(LaunchProgramBuilder program, string source, string target, LaunchSetting setting)
    {
        LaunchOperation tree = program.CloneTree(source, recursive: false);
        program.ShiftOwners(tree.Result, LaunchProgramBuilder.InheritedDescriptor(setting.UserNamespace!.Value), source);
        program.MakeDirectory(target);
        program.AttachTree(tree.Result, target);
        program.Call("close", tree.Result);
        return target;
    }
}
