namespace ContainerKit.Linux.Launching;

/// <content>Files, directories, links and device nodes.</content>
public sealed partial class LaunchProgramBuilder
{
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
    public void MakeFile(string path) => MakeFile(AtWorkingDirectory, path, path);

    /// <summary>A file with content as a detached mount of its own. Once that is attached, the name can go: <see cref="RemoveFile"/>.</summary>
    /// <param name="path">A free name on a mounted file system, a tmpfs for instance.</param>
    /// <param name="content">What the file holds.</param>
    /// <param name="mode">Permission bits; the umask must be 0.</param>
    /// <returns>The operation whose result is the mount's descriptor.</returns>
    public LaunchOperation MakeFileTree(string path, ReadOnlyMemory<byte> content, int mode = 0x1A4)
    {
        LaunchArgument flags = LaunchArgument.Named(O_CREAT | O_EXCL | 1 | O_CLOEXEC, "O_CREAT|O_EXCL|O_WRONLY|O_CLOEXEC");
        LaunchOperation file = CallAbout(path, "openat", AtWorkingDirectory, Text(path), flags, Octal(mode));
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
    /// <param name="minor">Minor number, below 2^20.</param>
    /// <param name="mode">Permission bits; the umask must be 0.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation MakeCharacterDevice(string path, int major, int minor, int mode = 0x1B6)
        => MakeDevice(path, 0x2000, "S_IFCHR", major, minor, mode);

    /// <summary>A block device, mknodat(2).</summary>
    /// <param name="path">The file.</param>
    /// <param name="major">Major number, below 4096.</param>
    /// <param name="minor">Minor number, below 2^20.</param>
    /// <param name="mode">Permission bits; the umask must be 0.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation MakeBlockDevice(string path, int major, int minor, int mode)
        => MakeDevice(path, 0x6000, "S_IFBLK", major, minor, mode);

    /// <summary>Gives a file to a user and a group, fchownat(2); a link is not followed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="user">User id.</param>
    /// <param name="group">Group id.</param>
    /// <returns>The operation.</returns>
    public LaunchOperation ChangeOwner(string path, uint user, uint group)
        => CallAbout(path, "fchownat", AtWorkingDirectory, Text(path), user, group, LaunchArgument.Named(0x100, "AT_SYMLINK_NOFOLLOW"));

    private void MakeFile(LaunchArgument directory, string name, string subject)
    {
        LaunchArgument flags = LaunchArgument.Named(O_CREAT | O_CLOEXEC | O_EXCL | O_NOFOLLOW, "O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC");
        LaunchOperation file = CallAbout(subject, "openat", directory, Text(name), flags, Octal(0x1A4)).Tolerate(Errno.EEXIST, Errno.EROFS);
        Call("close", file.Result).Tolerate(Errno.EBADF);
    }

    /// <summary>The device number is the kernel's new_encode_dev: the minor number's upper bits follow the major number.</summary>
    private LaunchOperation MakeDevice(string path, int type, string typeName, int major, int minor, int mode)
        => CallAbout(
            path, "mknodat", AtWorkingDirectory, Text(path), LaunchArgument.Named(type | mode, $"{typeName}|{Octal(mode).Text}"),
            LaunchArgument.Named((minor & 0xFF) | (major << 8) | ((minor & ~0xFF) << 12), $"makedev({major}, {minor})"));

    private static LaunchArgument Octal(int mode) => LaunchArgument.Named(mode, "0" + Convert.ToString(mode, 8));
}
