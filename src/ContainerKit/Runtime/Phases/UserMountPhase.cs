using System.Globalization;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Mounts;

namespace ContainerKit.Runtime.Phases;

/// <summary>The mounts that a spec asks for: binds, file systems in memory and generated files.</summary>
internal sealed class UserMountPhase(LaunchProgramBuilder program, LaunchSetting setting)
{
    /// <summary>On the tmpfs of /dev, for a moment.</summary>
    private const string TemporaryFile = "/dev/.containerkit";

    private readonly Dictionary<RuntimeBind, LaunchOperation> _binds = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// Takes binds that stay connected with the host. Before the mount namespace is cut off from the host's: a copy of a shared mount is in
    /// the same peer group only as long as the mount itself is, mount_namespaces(7).
    /// </summary>
    internal void ClonePropagatingTrees() => Clone(bind => bind.Propagation != MountFlags.MS_PRIVATE);

    /// <summary>
    /// Takes what comes from the host as detached mounts while the host's paths still mean something. They are attached after pivot_root,
    /// so that their targets are resolved inside the container's root and no link in an image can redirect them.
    /// </summary>
    internal void CloneTrees() => Clone(bind => bind.Propagation == MountFlags.MS_PRIVATE);

    /// <summary>The spec's own mounts, in its order: a later one may lie inside an earlier one.</summary>
    internal void Attach()
    {
        program.Stage("mounts");
        if (setting.HiddenDirectory is { } hidden)
        {
            program.Mount("tmpfs", hidden, "tmpfs", MountPhase.Harmless | MountFlags.MS_RDONLY, "size=0").Tolerate(Errno.ENOENT);
        }

        for (int i = 0; i < setting.Mounts.Length; i++)
        {
            RuntimeMount mount = setting.Mounts[i];
            MakeTarget(mount, isBelowBind: IsBelowBind(i));
            switch (mount)
            {
                case RuntimeBind host:
                    Attach(_binds[host], host.Target);
                    break;
                case RuntimeFile file:
                    AttachFile(file);
                    break;
                case RuntimeTmpfs tmpfs:
                    Attach(CreateTmpfs(tmpfs), tmpfs.Target);
                    break;
            }
        }
    }

    private void Clone(Func<RuntimeBind, bool> which)
    {
        program.Stage("binds");
        foreach (RuntimeBind bind in setting.Mounts.OfType<RuntimeBind>().Where(which))
        {
            LaunchOperation tree = bind.Subpath is { } below ? program.CloneTreeBelow(bind.Source, below, bind.Recursive) : program.CloneTree(bind.Source, bind.Recursive);
            if (bind.Propagation != MountFlags.MS_PRIVATE)
            {
                program.SetPropagation(tree.Result, bind.Propagation, bind.Source);
            }

            if (bind.ReadOnly)
            {
                program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: !bind.ReadOnlyTopOnly, bind.Source);
            }

            if (bind.Attributes != MountAttributes.None)
            {
                program.SetMountAttributes(tree.Result, bind.Attributes, recursive: true, bind.Source);
            }

            _binds.Add(bind, tree);
        }
    }

    /// <summary>A directory of the host may hold links that nobody has looked at; the image's were followed before the launch.</summary>
    private bool IsBelowBind(int index)
    {
        string target = setting.Mounts[index].Target;
        for (int i = 0; i < index; i++)
        {
            if (setting.Mounts[i] is RuntimeBind bind && target.StartsWith(bind.Target + "/", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private void MakeTarget(RuntimeMount mount, bool isBelowBind)
    {
        bool isFile = mount is RuntimeFile || mount is RuntimeBind { IsDirectory: false };
        if (isBelowBind)
        {
            program.MakeInside(mount.Target, isFile);
            return;
        }

        int slash = mount.Target.LastIndexOf('/');
        if (!isFile)
        {
            program.MakeDirectories(mount.Target);
            return;
        }

        if (slash > 0)
        {
            program.MakeDirectories(mount.Target[..slash]);
        }

        program.MakeFile(mount.Target);
    }

    /// <summary>No link is followed any more: those of the image were, and one that a running container puts into a volume now is hostile.</summary>
    private void Attach(LaunchOperation tree, string target)
    {
        LaunchOperation place = program.OpenInside(target, links: false);
        program.AttachTree(tree.Result, place.Result, target);
        program.Call("close", place.Result);
        program.Call("close", tree.Result);
    }

    private void AttachFile(RuntimeFile file)
    {
        LaunchOperation tree = program.MakeFileTree(TemporaryFile, file.Content, file.Mode);
        if (file.UserId != 0 || file.GroupId != 0)
        {
            program.ChangeOwner(TemporaryFile, file.UserId, file.GroupId);
        }

        if (file.ReadOnly)
        {
            program.SetMountAttributes(tree.Result, MountAttributes.MOUNT_ATTR_RDONLY, recursive: false, file.Target);
        }

        Attach(tree, file.Target);
        program.RemoveFile(TemporaryFile);
    }

    private LaunchOperation CreateTmpfs(RuntimeTmpfs tmpfs)
    {
        // What df(1) and /proc/mounts name it by; without a source it would be "none".
        List<(string, string)> options = [("source", "tmpfs"), ("mode", Convert.ToString(tmpfs.Mode, 8))];
        Add("size", tmpfs.Size);
        Add("uid", tmpfs.UserId);
        Add("gid", tmpfs.GroupId);
        Add("nr_inodes", tmpfs.Inodes);
        return program.CreateFileSystem("tmpfs", tmpfs.Attributes, [.. options]);

        void Add(string name, long? value)
        {
            if (value is { } number)
            {
                options.Add((name, number.ToString(CultureInfo.InvariantCulture)));
            }
        }
    }
}
