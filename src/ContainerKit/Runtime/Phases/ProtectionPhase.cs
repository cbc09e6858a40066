using System.Collections.Immutable;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;
using ContainerKit.Runtime.Protection;

namespace ContainerKit.Runtime.Phases;

/// <summary>Hides and write-protects what shows or controls the whole machine, or what the spec names instead.</summary>
/// <param name="program">What mounts.</param>
/// <param name="spec">The container.</param>
/// <param name="at">What is to be the container's root, for the usual paths only; empty once it is the root.</param>
internal sealed class ProtectionPhase(LaunchProgramBuilder program, RuntimeSpec spec, string at = "")
{
    internal void Add()
    {
        program.Stage("protected paths");
        if (spec.MaskedPaths is { } masked)
        {
            HideGiven(masked);
        }
        else if (!spec.Privileged)
        {
            HideDefault();
        }

        if (spec.ReadOnlyPaths is { } readOnly)
        {
            ProtectGiven(readOnly);
        }
        else if (!spec.Privileged)
        {
            ProtectDefault();
        }
    }

    private void HideDefault()
    {
        foreach (string path in ProtectedPaths.HiddenFiles)
        {
            // The container's own /dev/null: nothing to be read, nothing to be written.
            LaunchOperation nothing = program.CloneTree(at + "/dev/null", recursive: false);
            program.AttachTree(nothing.Result, at + path).Tolerate(Errno.ENOENT);
            program.Call("close", nothing.Result);
        }

        foreach (string path in ProtectedPaths.HiddenDirectories)
        {
            program.Mount("tmpfs", at + path, "tmpfs", MountPhase.Harmless | MountFlags.MS_RDONLY, "size=0").Tolerate(Errno.ENOENT);
        }
    }

    private void ProtectDefault()
    {
        foreach (string path in ProtectedPaths.ReadOnly)
        {
            LaunchOperation tree = program.CloneTree(at + path, recursive: true);
            program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: true, path);
            program.AttachTree(tree.Result, at + path);
            program.Call("close", tree.Result);
        }
    }

    /// <summary>Whether they are there, and files or directories, is known only inside.</summary>
    private void HideGiven(ImmutableArray<string> paths)
    {
        foreach (string path in paths)
        {
            LaunchLabel end = program.DefineLabel();
            LaunchLabel isFile = program.DefineLabel();
            LaunchOperation directory = OpenIfThere(path, end, directory: true, isFile);
            LaunchOperation empty = program.CreateFileSystem(
                "tmpfs", MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NODEV | MountAttributes.MOUNT_ATTR_NOEXEC, ("size", "0"));
            Cover(empty, directory, path);
            program.JumpIfEqual(0, 0, end);

            program.Mark(isFile);
            LaunchOperation file = OpenIfThere(path, end, directory: false, end);
            Cover(program.CloneTree("/dev/null", recursive: false), file, path);
            program.Mark(end);
        }
    }

    private void ProtectGiven(ImmutableArray<string> paths)
    {
        foreach (string path in paths)
        {
            LaunchLabel end = program.DefineLabel();
            LaunchOperation place = OpenIfThere(path, end, directory: false, end);
            LaunchOperation tree = program.CloneTree(place.Result, recursive: true, path);
            program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: true, path);
            Cover(tree, place, path);
            program.Mark(end);
        }
    }

    private LaunchOperation OpenIfThere(string path, LaunchLabel missing, bool directory, LaunchLabel noDirectory)
    {
        LaunchOperation place = program.OpenInside(path, directory).Tolerate(Errno.ENOENT, Errno.ENOTDIR);
        program.JumpIfEqual(place.Result, LaunchArgument.Named(-(long)Errno.ENOENT, "-ENOENT"), missing);
        program.JumpIfEqual(place.Result, LaunchArgument.Named(-(long)Errno.ENOTDIR, "-ENOTDIR"), noDirectory);
        return place;
    }

    private void Cover(LaunchOperation mount, LaunchOperation place, string path)
    {
        program.AttachTree(mount.Result, place.Result, path);
        program.Call("close", mount.Result);
        program.Call("close", place.Result);
    }
}
