using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Linux.Launching;

/// <content>Mounts and directories.</content>
public sealed partial class LaunchProgramBuilder
{
    private const int OPEN_TREE_CLONE = 1;
    private const int OPEN_TREE_CLOEXEC = 0x80000;
    private const int MOVE_MOUNT_F_EMPTY_PATH = 4;
    private const int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    private const int MNT_DETACH = 2;
    private const int O_PATH = 0x200000;
    private const int O_CREAT = 0x40;
    private const int O_EXCL = 0x80;
    private const int RESOLVE_NO_MAGICLINKS = 0x02;
    private const int RESOLVE_NO_SYMLINKS = 0x04;
    private const int RESOLVE_IN_ROOT = 0x10;

    // These two differ between the architectures, open(2).
    private int O_DIRECTORY => _architecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    private int O_NOFOLLOW => _architecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    private static LaunchArgument AtWorkingDirectory => LaunchArgument.Named(LibC.AtFdCwd, "AT_FDCWD");

    private static LaunchArgument EmptyPath => LaunchArgument.Named(LibC.AtEmptyPath, "AT_EMPTY_PATH");

    /// <summary>mount(2).</summary>
    /// <param name="source">Device, or the type's name where there is none.</param>
    /// <param name="target">Where.</param>
    /// <param name="type">File system type; null for a change of an existing mount.</param>
    /// <param name="flags">Flags.</param>
    /// <param name="options">The file system's own options, or null.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation Mount(string source, string target, string? type, MountFlags flags, string? options = null)
        => CallAbout(target, "mount", Text(source), Text(target), type is null ? LaunchArgument.Named(0, "NULL") : Text(type), LaunchArgument.Flags(flags), options is null ? LaunchArgument.Named(0, "NULL") : Text(options));

    /// <summary>A new instance of a file system, not attached anywhere yet: fsopen(2), fsconfig(2), fsmount(2).</summary>
    /// <param name="type">File system type.</param>
    /// <param name="attributes">The mount's attributes.</param>
    /// <param name="options">The file system's own options, names and values of at most 255 bytes.</param>
    /// <returns>The operation whose result is the mount's descriptor.</returns>
    public LaunchOperation CreateFileSystem(string type, MountAttributes attributes, params ReadOnlySpan<(string Name, string Value)> options)
    {
        LaunchOperation context = CallAbout(type, "fsopen", Text(type), LaunchArgument.Named(1, "FSOPEN_CLOEXEC"));
        foreach ((string name, string value) in options)
        {
            CallAbout($"{type} {name}={value}", "fsconfig", context.Result, LaunchArgument.Named(1, "FSCONFIG_SET_STRING"), Text(name), Text(value), 0);
        }

        CallAbout(type, "fsconfig", context.Result, LaunchArgument.Named(6, "FSCONFIG_CMD_CREATE"), 0, 0, 0);
        LaunchOperation mount = CallAbout(type, "fsmount", context.Result, LaunchArgument.Named(1, "FSMOUNT_CLOEXEC"), LaunchArgument.Flags(attributes));
        Call("close", context.Result);
        return mount;
    }

    /// <summary>A detached copy of the mount at <paramref name="path"/>, open_tree(2).</summary>
    /// <param name="path">What is copied; a file or a directory.</param>
    /// <param name="recursive">With the mounts below it. In a user namespace this is needed, as mounts below are locked.</param>
    /// <returns>The operation; its result is a descriptor.</returns>
    public LaunchOperation CloneTree(string path, bool recursive)
    {
        long flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? LibC.AtRecursive : 0);
        return CallAbout(path, "open_tree", AtWorkingDirectory, Text(path), LaunchArgument.Named(flags, recursive ? "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE" : "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC"));
    }

    /// <summary>
    /// A detached copy of the mount at a path below a directory, openat2(2) and open_tree(2). What is below may be hostile: no link there leads out of
    /// the directory, whenever it was put there.
    /// </summary>
    /// <param name="directory">A directory of the host.</param>
    /// <param name="path">Below it; a file or a directory.</param>
    /// <param name="recursive">With the mounts below it.</param>
    /// <returns>The operation; its result is a descriptor.</returns>
    public LaunchOperation CloneTreeBelow(string directory, string path, bool recursive)
    {
        LaunchArgument flags = LaunchArgument.Named(O_PATH | O_DIRECTORY | O_CLOEXEC, "O_PATH|O_DIRECTORY|O_CLOEXEC");
        LaunchOperation parent = CallAbout(directory, "openat", AtWorkingDirectory, Text(directory), flags, 0);
        Span<byte> how = stackalloc byte[24];
        how.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(how, O_PATH | O_CLOEXEC);
        BinaryPrimitives.WriteUInt64LittleEndian(how[16..], RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT);
        string subject = $"{path} in {directory}";
        LaunchOperation place = CallAbout(subject, "openat2", parent.Result, Text(path), Bytes(how, "{O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}"), how.Length);
        Call("close", parent.Result);
        LaunchOperation tree = CloneTree(place.Result, recursive, subject);
        Call("close", place.Result);
        return tree;
    }

    /// <summary>Adds attributes to a mount that a descriptor stands for, mount_setattr(2).</summary>
    /// <param name="mount">A descriptor from <see cref="CloneTree(string, bool)"/>.</param>
    /// <param name="attributes">What is set.</param>
    /// <param name="recursive">For the mounts below, too.</param>
    /// <param name="subject">What a failure is about.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetMountAttributes(LaunchArgument mount, MountAttributes attributes, bool recursive, string? subject = null)
    {
        Span<byte> structure = stackalloc byte[32];
        structure.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(structure, (ulong)attributes);
        LaunchArgument flags = recursive ? LaunchArgument.Named(LibC.AtEmptyPath | LibC.AtRecursive, "AT_EMPTY_PATH|AT_RECURSIVE") : EmptyPath;
        return CallAbout(subject, "mount_setattr", mount, Text(""), flags, Bytes(structure, "{" + LaunchArgument.Flags(attributes).Text + "}"), structure.Length);
    }

    /// <summary>Sets how mounts and unmounts below a mount travel to its copies, mount_setattr(2), mount_namespaces(7).</summary>
    /// <param name="mount">A descriptor from <see cref="CloneTree(string, bool)"/>.</param>
    /// <param name="propagation">One of MS_PRIVATE, MS_SLAVE and MS_SHARED.</param>
    /// <param name="subject">What a failure is about.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation SetPropagation(LaunchArgument mount, MountFlags propagation, string subject)
    {
        Span<byte> structure = stackalloc byte[32];
        structure.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(structure[16..], (ulong)propagation);
        LaunchArgument flags = LaunchArgument.Named(LibC.AtEmptyPath | LibC.AtRecursive, "AT_EMPTY_PATH|AT_RECURSIVE");
        return CallAbout(subject, "mount_setattr", mount, Text(""), flags, Bytes(structure, "{propagation " + LaunchArgument.Flags(propagation).Text + "}"), structure.Length);
    }

    /// <summary>
    /// Shifts the owners of what a mount shows by a user namespace's map, mount_setattr(2) MOUNT_ATTR_IDMAP (Linux 5.12): on disk they are as
    /// the namespace sees them.
    /// </summary>
    /// <param name="mount">A descriptor from <see cref="CloneTree(string, bool)"/> that was never attached.</param>
    /// <param name="userNamespace">A descriptor of the namespace.</param>
    /// <param name="subject">What a failure is about.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation ShiftOwners(LaunchArgument mount, int userNamespace, string subject)
    {
        const ulong MOUNT_ATTR_IDMAP = 0x00100000;
        Span<byte> structure = stackalloc byte[32];
        structure.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(structure, MOUNT_ATTR_IDMAP);
        BinaryPrimitives.WriteInt64LittleEndian(structure[24..], userNamespace);
        return CallAbout(subject, "mount_setattr", mount, Text(""), EmptyPath, Bytes(structure, $"{{MOUNT_ATTR_IDMAP, userns_fd {userNamespace}}}"), structure.Length);
    }

    /// <summary>Attaches a detached mount at a path, move_mount(2).</summary>
    /// <param name="mount">A descriptor.</param>
    /// <param name="target">Resolved at that time, in the process's root.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation AttachTree(LaunchArgument mount, string target)
        => CallAbout(target, "move_mount", mount, Text(""), AtWorkingDirectory, Text(target), LaunchArgument.Named(MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH"));

    /// <summary>Attaches a detached mount at what a descriptor stands for.</summary>
    /// <param name="mount">A descriptor.</param>
    /// <param name="target">A descriptor of the place, from <see cref="OpenInside"/>.</param>
    /// <param name="subject">What a failure is about.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation AttachTree(LaunchArgument mount, LaunchArgument target, string subject)
        => CallAbout(subject, "move_mount", mount, Text(""), target, Text(""), LaunchArgument.Named(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"));

    /// <summary>
    /// Opens a path of the process's root for use as a mount target, openat2(2) with RESOLVE_NO_MAGICLINKS: a link below /proc that a
    /// shared volume may hold leads nowhere (CVE-2021-30465).
    /// </summary>
    /// <param name="path">Absolute.</param>
    /// <param name="directory">True: ENOTDIR for what is no directory.</param>
    /// <param name="links">False: a symbolic link anywhere in the path is an error (ELOOP).</param>
    /// <returns>The operation; its result is an O_PATH descriptor.</returns>
    public LaunchOperation OpenInside(string path, bool directory = false, bool links = true)
    {
        Span<byte> how = stackalloc byte[24];
        how.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(how, O_PATH | O_CLOEXEC | (directory ? O_DIRECTORY : 0));
        BinaryPrimitives.WriteUInt64LittleEndian(how[16..], RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT | (links ? 0u : RESOLVE_NO_SYMLINKS));
        string description = $"{{O_PATH|{(directory ? "O_DIRECTORY|" : "")}O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS{(links ? "" : "|RESOLVE_NO_SYMLINKS")}}}";
        return CallAbout(path, "openat2", AtWorkingDirectory, Text(path), Bytes(how, description), how.Length);
    }

    /// <summary>
    /// Makes a directory, or a file in its directory, one component after the other, none of which may be a symbolic link: what others can
    /// write to, a volume for instance, may hold one that leads through a descriptor of this process (CVE-2021-30465).
    /// </summary>
    /// <param name="path">Absolute, without dots and empty components.</param>
    /// <param name="file">True: the last component is a file.</param>
    public void MakeInside(string path, bool file)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (int slash = 0; slash >= 0;)
        {
            int next = path.IndexOf('/', slash + 1);
            string parent = slash == 0 ? "/" : path[..slash];
            string name = next < 0 ? path[(slash + 1)..] : path[(slash + 1)..next];
            LaunchOperation directory = OpenInside(parent, directory: true, links: false);
            if (file && next < 0)
            {
                MakeFile(directory.Result, name, path);
            }
            else
            {
                CallAbout(path, "mkdirat", directory.Result, Text(name), Octal(0x1ED)).Tolerate(Errno.EEXIST, Errno.EROFS);
            }

            Call("close", directory.Result);
            slash = next;
        }
    }

    /// <summary>A detached copy of the mount that a descriptor stands for, open_tree(2).</summary>
    /// <param name="place">A descriptor from <see cref="OpenInside"/>.</param>
    /// <param name="recursive">With the mounts below it.</param>
    /// <param name="subject">What a failure is about.</param>
    /// <returns>The operation; its result is a descriptor.</returns>
    public LaunchOperation CloneTree(LaunchArgument place, bool recursive, string subject)
    {
        long flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | LibC.AtEmptyPath | (recursive ? LibC.AtRecursive : 0);
        return CallAbout(subject, "open_tree", place, Text(""), LaunchArgument.Named(flags, recursive ? "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH|AT_RECURSIVE" : "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH"));
    }

    /// <summary>
    /// A detached copy of what another mount namespace has at a path. The process comes back to its own namespace, root and directory. Nothing of the
    /// other namespace leads out of it: the path is resolved there, without the kernel's links below /proc.
    /// </summary>
    /// <param name="process">A pidfd of a process of the other namespace.</param>
    /// <param name="path">Absolute.</param>
    /// <returns>The operation; its result is a descriptor.</returns>
    public LaunchOperation CloneTreeOf(int process, string path)
    {
        LaunchArgument flags = LaunchArgument.Named(O_PATH | O_DIRECTORY | O_CLOEXEC, "O_PATH|O_DIRECTORY|O_CLOEXEC");
        LaunchOperation root = CallAbout("/", "openat", AtWorkingDirectory, Text("/"), flags, 0);
        LaunchOperation directory = CallAbout(".", "openat", AtWorkingDirectory, Text("."), flags, 0);
        LaunchOperation own = CallAbout("/proc/self/ns/mnt", "openat", AtWorkingDirectory, Text("/proc/self/ns/mnt"), LaunchArgument.Named(O_CLOEXEC, "O_RDONLY|O_CLOEXEC"), 0);
        JoinNamespaces(process, NamespaceKinds.CLONE_NEWNS);
        LaunchOperation place = OpenInside(path);
        LaunchOperation tree = CloneTree(place.Result, recursive: false, path);
        Call("close", place.Result);
        Call("setns", own.Result, LaunchArgument.Flags(NamespaceKinds.CLONE_NEWNS));
        Call("close", own.Result);

        // setns(2) has set root and working directory to those of the namespace.
        Call("fchdir", root.Result);
        Call("chroot", Text("."));
        Call("close", root.Result);
        Call("fchdir", directory.Result);
        Call("close", directory.Result);
        return tree;
    }

    /// <summary>Opens a host path as an O_PATH descriptor with a known number.</summary>
    /// <param name="path">A directory.</param>
    /// <param name="number">The number that it gets.</param>
    public void OpenDirectoryAs(string path, int number)
    {
        LaunchOperation directory = CallAbout(path, "openat", AtWorkingDirectory, Text(path), LaunchArgument.Named(O_PATH | O_DIRECTORY | O_CLOEXEC, "O_PATH|O_DIRECTORY|O_CLOEXEC"), 0);
        Duplicate(directory.Result, number, closeOnExec: true);
        Call("close", directory.Result);
    }

    /// <summary>Makes the present working directory, a mount, the root of this mount namespace and lets go of the old one, pivot_root(2).</summary>
    public void PivotRootHere()
    {
        Call("pivot_root", Text("."), Text("."));
        Detach(".");
        ChangeDirectory("/");
    }

    /// <summary>Takes away the mount at <paramref name="path"/> with those below it, umount2(2) with MNT_DETACH.</summary>
    /// <param name="path">A mount point.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation Detach(string path) => CallAbout(path, "umount2", Text(path), LaunchArgument.Named(MNT_DETACH, "MNT_DETACH"));
}
