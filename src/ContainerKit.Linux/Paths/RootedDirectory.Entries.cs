using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Linux.Paths;

/// <content>Making, linking, renaming and removing entries.</content>
public sealed partial class RootedDirectory
{
    private const int MaxNameBuffer = FileName.MaxLength + 1;

    /// <summary>Creates a directory, mkdirat(2).</summary>
    /// <param name="name">Name of the entry.</param>
    /// <param name="mode">Permissions, reduced by the process's umask.</param>
    public unsafe void CreateDirectory(ReadOnlySpan<byte> name, uint mode)
    {
        RequireEntry(name);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.mkdirat(_handle, entry, mode) < 0)
            {
                Repeat("mkdirat", name, null, NamespaceCaller.First, NamespaceArgument.Name(name), mode);
            }
        }
    }

    /// <summary>Creates a symbolic link, symlinkat(2). The target is stored as it is.</summary>
    /// <param name="name">Name of the entry.</param>
    /// <param name="target">What it points to.</param>
    public unsafe void CreateSymbolicLink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        RequireEntry(name);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        fixed (byte* to = FileName.Terminate(target, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.symlinkat(to, _handle, entry) < 0)
            {
                Repeat("symlinkat", name, null, NamespaceArgument.Name(target), NamespaceCaller.First, NamespaceArgument.Name(name));
            }
        }
    }

    /// <summary>Creates a further name for an existing file, linkat(2). A symbolic link is linked itself, not its target.</summary>
    /// <param name="name">Name of the new entry.</param>
    /// <param name="existingDirectory">The directory of the existing entry.</param>
    /// <param name="existingName">Name of the existing entry.</param>
    public unsafe void CreateHardLink(ReadOnlySpan<byte> name, RootedDirectory existingDirectory, ReadOnlySpan<byte> existingName)
    {
        ArgumentNullException.ThrowIfNull(existingDirectory);
        RequireEntry(name);
        RequireEntry(existingName);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        fixed (byte* existing = FileName.TerminateEntry(existingName, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.linkat(existingDirectory._handle, existing, _handle, entry, 0) < 0)
            {
                Repeat("linkat", name, existingDirectory, NamespaceCaller.Second, NamespaceArgument.Name(existingName), NamespaceCaller.First, NamespaceArgument.Name(name), 0);
            }
        }
    }

    /// <summary>Creates a FIFO or device node, mknodat(2).</summary>
    /// <param name="name">Name of the entry.</param>
    /// <param name="type"><see cref="FileType.Fifo"/>, <see cref="FileType.CharacterDevice"/> or <see cref="FileType.BlockDevice"/>.</param>
    /// <param name="mode">Permissions, reduced by the process's umask.</param>
    /// <param name="major">Major number of a device, at most 4095.</param>
    /// <param name="minor">Minor number of a device, at most 1048575.</param>
    public unsafe void CreateNode(ReadOnlySpan<byte> name, FileType type, uint mode, uint major = 0, uint minor = 0)
    {
        RequireEntry(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(major, 0xFFFu);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minor, 0xFFFFFu);
        // The kernel's encoding (new_encode_dev in linux/kdev_t.h), not that of libc's makedev.
        uint device = (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.mknodat(_handle, entry, (uint)type | mode, device) < 0)
            {
                Repeat("mknodat", name, null, NamespaceCaller.First, NamespaceArgument.Name(name), (uint)type | mode, device);
            }
        }
    }

    /// <summary>Creates overlayfs's mark of a removed file: a character device 0/0, which an ordinary user may make since Linux 5.8.</summary>
    /// <param name="name">Name of the entry that is hidden in the layers below.</param>
    public void CreateWhiteout(ReadOnlySpan<byte> name) => CreateNode(name, FileType.CharacterDevice, 0);

    /// <summary>Renames an entry, renameat2(2).</summary>
    /// <param name="name">Name of the entry.</param>
    /// <param name="newDirectory">The directory to move it to, on the same mount.</param>
    /// <param name="newName">The name there.</param>
    /// <param name="replace">False: fails with EEXIST when the new name is taken.</param>
    public unsafe void Rename(ReadOnlySpan<byte> name, RootedDirectory newDirectory, ReadOnlySpan<byte> newName, bool replace = true)
    {
        const uint noReplace = 1;
        ArgumentNullException.ThrowIfNull(newDirectory);
        RequireEntry(name);
        RequireEntry(newName);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        fixed (byte* renamed = FileName.TerminateEntry(newName, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.renameat2(_handle, entry, newDirectory._handle, renamed, replace ? 0 : noReplace) < 0)
            {
                Repeat("renameat2", name, newDirectory, NamespaceCaller.First, NamespaceArgument.Name(name), NamespaceCaller.Second, NamespaceArgument.Name(newName), replace ? 0 : noReplace);
            }
        }
    }

    /// <summary>Removes an entry that is not a directory, unlinkat(2).</summary>
    /// <param name="name">Name of the entry.</param>
    public void RemoveFile(ReadOnlySpan<byte> name)
    {
        if (TryRemove(name, directory: false) is var error and not Errno.None)
        {
            throw new LinuxException("unlinkat", error, FileName.Display(name));
        }
    }

    /// <summary>Removes an empty directory, unlinkat(2).</summary>
    /// <param name="name">Name of the entry.</param>
    public void RemoveDirectory(ReadOnlySpan<byte> name)
    {
        if (TryRemove(name, directory: true) is var error and not Errno.None)
        {
            throw new LinuxException("rmdir", error, FileName.Display(name));
        }
    }

    /// <summary>Where a symbolic link points to, readlinkat(2).</summary>
    /// <param name="name">Name of the entry.</param>
    public unsafe byte[] ReadSymbolicLink(ReadOnlySpan<byte> name)
    {
        Span<byte> target = stackalloc byte[FileName.MaxPathLength];
        nint length;
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        fixed (byte* buffer = target)
        {
            length = LibC.readlinkat(_handle, entry, buffer, (nuint)target.Length);
        }
        if (length < 0)
        {
            var error = (Errno)Marshal.GetLastPInvokeError();
            length = MayAsk(error)
                ? (nint)_caller.Call("readlinkat", _handle, null, [NamespaceCaller.First, NamespaceArgument.Name(name), NamespaceArgument.Output, target.Length], target)
                : -(int)error;
        }
        return length < 0 ? throw new LinuxException("readlinkat", (Errno)(-length), FileName.Display(name)) : target[..(int)length].ToArray();
    }

    /// <summary>unlinkat(2), with the error as the result.</summary>
    internal unsafe Errno TryRemove(ReadOnlySpan<byte> name, bool directory)
    {
        RequireEntry(name);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.unlinkat(_handle, entry, directory ? LibC.AtRemoveDir : 0) >= 0)
            {
                return Errno.None;
            }
        }
        var error = (Errno)Marshal.GetLastPInvokeError();
        return MayAsk(error)
            ? (Errno)(-_caller.Call("unlinkat", _handle, null, [NamespaceCaller.First, NamespaceArgument.Name(name), directory ? LibC.AtRemoveDir : 0]))
            : error;
    }
}
