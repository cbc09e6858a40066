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

    /// <summary>A new instance of a file system without options, not attached anywhere yet: fsopen(2), fsconfig(2), fsmount(2).</summary>
    /// <param name="type">File system type.</param>
    /// <param name="attributes">The mount's attributes.</param>
    /// <returns>The operation whose result is the mount's descriptor.</returns>
    public LaunchOperation CreateFileSystem(string type, MountAttributes attributes)
    {
        LaunchOperation context = CallAbout(type, "fsopen", Text(type), LaunchArgument.Named(1, "FSOPEN_CLOEXEC"));
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
    /// <returns>The operation; its result is an O_PATH descriptor.</returns>
    public LaunchOperation OpenInside(string path)
    {
        Span<byte> how = stackalloc byte[24];
        how.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(how, O_PATH | O_CLOEXEC);
        BinaryPrimitives.WriteUInt64LittleEndian(how[16..], RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT);
        return CallAbout(path, "openat2", AtWorkingDirectory, Text(path), Bytes(how, "{O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}"), how.Length);
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
    /// A detached copy of what another mount namespace has at a path. The process comes back to its own namespace and root. Nothing of the
    /// other namespace leads out of it: the path is resolved there, without the kernel's links below /proc.
    /// </summary>
    /// <param name="process">A pidfd of a process of the other namespace.</param>
    /// <param name="path">Absolute.</param>
    /// <returns>The operation; its result is a descriptor.</returns>
    public LaunchOperation CloneTreeOf(int process, string path)
    {
        LaunchArgument flags = LaunchArgument.Named(O_PATH | O_DIRECTORY | O_CLOEXEC, "O_PATH|O_DIRECTORY|O_CLOEXEC");
        LaunchOperation root = CallAbout("/", "openat", AtWorkingDirectory, Text("/"), flags, 0);
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
        Call("umount2", Text("."), LaunchArgument.Named(MNT_DETACH, "MNT_DETACH"));
        ChangeDirectory("/");
    }

    /// <summary>chdir(2).</summary>
    /// <param name="path">The directory.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation ChangeDirectory(string path) => CallAbout(path, "chdir", Text(path));

    /// <summary>mkdirat(2); a directory that exists is no error.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="mode">Permission bits.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation MakeDirectory(string path, int mode = 0x1ED)
        => CallAbout(path, "mkdirat", AtWorkingDirectory, Text(path), Octal(mode)).Tolerate(Errno.EEXIST);

    /// <summary>Makes a directory and those above it, as far as they are missing; on a read-only file system the later use fails, not this.</summary>
    /// <param name="path">Absolute.</param>
    public void MakeDirectories(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            MakeDirectory(path[..slash]).Tolerate(Errno.EEXIST, Errno.EROFS);
        }

        MakeDirectory(path).Tolerate(Errno.EEXIST, Errno.EROFS);
    }

    /// <summary>Makes an empty file; one that exists is no error.</summary>
    /// <param name="path">The file.</param>
    public void MakeFile(string path)
    {
        LaunchOperation file = CallAbout(path, "openat", AtWorkingDirectory, Text(path), LaunchArgument.Named(O_CREAT | O_CLOEXEC | O_EXCL | O_NOFOLLOW, "O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC"), Octal(0x1A4)).Tolerate(Errno.EEXIST, Errno.EROFS);
        Call("close", file.Result).Tolerate(Errno.EBADF);
    }

    /// <summary>A file with content as a detached mount of its own. Once that is attached, the name can go: <see cref="RemoveFile"/>.</summary>
    /// <param name="path">A free name on a mounted file system, a tmpfs for instance.</param>
    /// <param name="content">What the file holds; everybody may read it.</param>
    /// <returns>The operation whose result is the mount's descriptor.</returns>
    public LaunchOperation MakeFileTree(string path, ReadOnlyMemory<byte> content)
    {
        LaunchArgument flags = LaunchArgument.Named(O_CREAT | O_EXCL | 1 | O_CLOEXEC, "O_CREAT|O_EXCL|O_WRONLY|O_CLOEXEC");
        LaunchOperation file = CallAbout(path, "openat", AtWorkingDirectory, Text(path), flags, Octal(0x1A4));
        CallAbout(path, "write", file.Result, Bytes(content.Span, $"/* {content.Length} bytes */"), content.Length);
        Call("close", file.Result);
        return CloneTree(path, recursive: false);
    }

    /// <summary>unlinkat(2) of a file; a mount that was made of it keeps it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation RemoveFile(string path) => CallAbout(path, "unlinkat", AtWorkingDirectory, Text(path), 0);

    /// <summary>symlinkat(2).</summary>
    /// <param name="target">What the link holds.</param>
    /// <param name="path">The link.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation MakeSymbolicLink(string target, string path)
        => CallAbout(path, "symlinkat", Text(target), AtWorkingDirectory, Text(path)).Tolerate(Errno.EEXIST);

    /// <summary>A character device, mknodat(2).</summary>
    /// <param name="path">The file.</param>
    /// <param name="major">Major number, below 4096.</param>
    /// <param name="minor">Minor number, below 256.</param>
    /// <param name="mode">Permission bits; the umask must be 0.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation MakeCharacterDevice(string path, int major, int minor, int mode = 0x1B6)
    {
        const int S_IFCHR = 0x2000;
        return CallAbout(path, "mknodat", AtWorkingDirectory, Text(path), LaunchArgument.Named(S_IFCHR | mode, "S_IFCHR|" + Octal(mode).Text), LaunchArgument.Named((major << 8) | minor, $"makedev({major}, {minor})"));
    }

    private static LaunchArgument Octal(int mode) => LaunchArgument.Named(mode, "0" + Convert.ToString(mode, 8));
}
