using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Roots;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Containers.Files;

/// <summary>A container's root by descriptor: every path is resolved inside of it, whatever its links say and however they change.</summary>
internal sealed class RootAccess(RootedDirectory root, IContainerRoots roots, string display)
{
    private const int MaxLinks = 40;
    private const int MaxAccountFile = 4 << 20;

    internal RootedDirectory Directory => root;

    internal IContainerRoots Roots => roots;

    /// <summary>The attributes of a path; a link at its end is followed only where a slash follows it. Null for nothing.</summary>
    /// <exception cref="LinuxException">EACCES: not even root of the container may look there.</exception>
    internal FileStatus? TryGetStatus(ContainerPath path)
    {
        if (path.Name.Length == 0 || path.EndsWithSlash)
        {
            using RootedDirectory? directory = root.TryOpenDirectory(path.FullBytes, PathResolution.None, out _);
            return directory?.GetStatus(default);
        }

        using RootedDirectory? parent = root.TryOpenDirectory(path.DirectoryBytes, PathResolution.None, out _);
        return parent?.TryGetStatus(path.NameBytes);
    }

    /// <summary>Follows links at the end of a path until there is none.</summary>
    internal ContainerPath Follow(ContainerPath path)
    {
        for (int links = 0; TryGetStatus(path) is { Type: FileType.SymbolicLink }; links++)
        {
            if (links == MaxLinks)
                throw new LinuxException("resolve", Errno.ELOOP, path.Full);
            path = path.Follow(ReadLink(path));
        }

        return path;
    }

    internal ContainerPathInfo GetInfo(ContainerPath path)
    {
        FileStatus status = TryGetStatus(path) ?? throw Missing(path);
        string? target = status.Type == FileType.SymbolicLink ? path.Follow(ReadLink(path)).Full : null;
        var modified = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(status.ModifiedSeconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
        return new ContainerPathInfo(
            path.Name.Length == 0 ? "/" : path.Name,
            TypeOf(status.Type),
            status.Size,
            (UnixFileMode)status.Mode,
            modified.AddTicks(status.ModifiedNanoseconds / 100),
            target,
            roots.Owners.UserInside(status.UserId),
            roots.Owners.GroupInside(status.GroupId));
    }

    /// <summary>Numbers of <c>user[:group]</c>, looked up in the container.</summary>
    /// <exception cref="ArgumentException">There is no such user or group.</exception>
    internal (uint User, uint Group) ResolveOwner(string owner)
    {
        try
        {
            ResolvedUser user = UserResolver.Resolve(owner, [], ReadText);
            return (user.UserId, user.GroupId);
        }
        catch (ContainerStartException e)
        {
            throw new ArgumentException($"Owner '{owner}' is not allowed: {e.Message}", e);
        }
    }

    internal NotFoundException Missing(ContainerPath path) => new($"Could not find the file {path.Full} in container {display}.");

    private string ReadLink(ContainerPath path)
    {
        using RootedDirectory parent = root.OpenDirectory(path.DirectoryBytes);
        return Encoding.UTF8.GetString(parent.ReadSymbolicLink(path.NameBytes));
    }

    private string? ReadText(string path, int maxBytes)
    {
        try
        {
            using SafeFileHandle? file = root.OpenRegularFile(Encoding.UTF8.GetBytes(path));
            if (file is null || RandomAccess.GetLength(file) > Math.Min(maxBytes, MaxAccountFile))
                return null;
            byte[] content = new byte[RandomAccess.GetLength(file)];
            int read = RandomAccess.Read(file, content, 0);
            return Encoding.UTF8.GetString(content, 0, read);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            return null;
        }
    }

    private static ContainerPathType TypeOf(FileType type) => type switch
    {
        FileType.Directory => ContainerPathType.Directory,
        FileType.SymbolicLink => ContainerPathType.SymbolicLink,
        FileType.Fifo => ContainerPathType.Fifo,
        FileType.Socket => ContainerPathType.Socket,
        FileType.CharacterDevice => ContainerPathType.CharacterDevice,
        FileType.BlockDevice => ContainerPathType.BlockDevice,
        _ => ContainerPathType.File,
    };
}
