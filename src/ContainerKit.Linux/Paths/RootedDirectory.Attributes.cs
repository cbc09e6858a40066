using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Paths;

/// <content>Status, owner, permissions, times and extended attributes. An empty name stands for the directory itself.</content>
public sealed partial class RootedDirectory
{
    /// <summary>The attributes of an entry, statx(2).</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    public FileStatus GetStatus(ReadOnlySpan<byte> name) => TryGetStatus(name) ?? throw new LinuxException("statx", Errno.ENOENT, FileName.Display(name));

    /// <summary>The attributes of an entry, or null when there is none.</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    public unsafe FileStatus? TryGetStatus(ReadOnlySpan<byte> name)
    {
        StatX status;
        int flags = LibC.AtSymlinkNoFollow | (name.IsEmpty ? LibC.AtEmptyPath : 0);
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.statx(_handle, entry, flags, StatX.MaskBasicStats | StatX.MaskMountId, &status) == 0)
            {
                return new FileStatus(status);
            }
        }
        var error = (Errno)Marshal.GetLastPInvokeError();
        if (MayAsk(error))
        {
            // Asked by descriptor, owners are such as this process sees them, like those of other entries.
            using SafeFileHandle? opened = OpenCore(name, LibC.OPath | LibC.ONoFollow, 0, PathResolution.None, throwOnError: false);
            return opened is null ? null : GetStatus(opened, name);
        }
        return error == Errno.ENOENT ? null : throw new LinuxException("statx", error, FileName.Display(name));
    }

    /// <summary>The attributes of an open file.</summary>
    /// <param name="file">The file; stays owned by the caller.</param>
    public static FileStatus GetStatus(SafeFileHandle file) => GetStatus(file, default);

    /// <summary>Changes owner and group, fchownat(2). The kernel clears set-user-id, set-group-id and file capabilities.</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    /// <param name="userId">The owner.</param>
    /// <param name="groupId">The group.</param>
    public unsafe void SetOwner(ReadOnlySpan<byte> name, uint userId, uint groupId)
    {
        int flags = LibC.AtSymlinkNoFollow | (name.IsEmpty ? LibC.AtEmptyPath : 0);
        if (_caller is not null)
        {
            // The same number is another user to this process.
            long result = _caller.Call("fchownat", _handle, null, [NamespaceCaller.First, NamespaceArgument.Name(name), userId, groupId, flags]);
            if (result < 0)
            {
                throw new LinuxException("fchownat", (Errno)(-result), FileName.Display(name));
            }
            return;
        }
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.fchownat(_handle, entry, userId, groupId, flags) < 0)
            {
                throw Failure("fchownat", name);
            }
        }
    }

    /// <summary>Changes the permissions of an entry that is not a symbolic link (EOPNOTSUPP).</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    /// <param name="mode">The lower 12 bits of the mode; the umask does not count.</param>
    public unsafe void SetMode(ReadOnlySpan<byte> name, uint mode)
    {
        if (name.IsEmpty)
        {
            SetModeByDescriptor(_handle, mode, name);
            return;
        }
        fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
        {
            if (LibC.fchmodat2(_handle, entry, mode, LibC.AtSymlinkNoFollow) == 0)
            {
                return;
            }
        }
        // EPERM as well: seccomp filters that are older than the call (Linux 6.6) answer so.
        if ((Errno)Marshal.GetLastPInvokeError() is not (Errno.ENOSYS or Errno.EPERM))
        {
            throw Failure("fchmodat2", name);
        }
        using SafeFileHandle handle = OpenCore(name, LibC.OPath | LibC.ONoFollow, 0, PathResolution.None, throwOnError: true)!;
        if (GetStatus(handle, name).Type == FileType.SymbolicLink)
        {
            throw new LinuxException("chmod", Errno.EOPNOTSUPP, FileName.Display(name));
        }
        SetModeByDescriptor(handle, mode, name);
    }

    /// <summary>Sets the time of the last modification; the time of the last access becomes the same.</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    /// <param name="seconds">Whole seconds since 1970; the file system clamps what it can't hold.</param>
    /// <param name="nanoseconds">0 to 999999999.</param>
    public unsafe void SetModifiedTime(ReadOnlySpan<byte> name, long seconds, uint nanoseconds)
    {
        FileTime* times = stackalloc FileTime[2];
        times[0] = times[1] = new FileTime { Seconds = seconds, Nanoseconds = nanoseconds };
        int result;
        if (name.IsEmpty)
        {
            fixed (byte* path = ProcPath(_handle, default))
            {
                result = LibC.utimensat_path(LibC.AtFdCwd, path, times, 0);
            }
        }
        else
        {
            fixed (byte* entry = FileName.TerminateEntry(name, stackalloc byte[MaxNameBuffer]))
            {
                result = LibC.utimensat(_handle, entry, times, LibC.AtSymlinkNoFollow);
            }
        }
        if (result < 0)
        {
            ReadOnlySpan<byte> both = new(times, 2 * sizeof(FileTime));
            if (name.IsEmpty)
            {
                Repeat("utimensat", name, null, LibC.AtFdCwd, NamespaceArgument.Name(NamespaceCaller.FirstPath), NamespaceArgument.Bytes(both), 0);
            }
            else
            {
                Repeat("utimensat", name, null, NamespaceCaller.First, NamespaceArgument.Name(name), NamespaceArgument.Bytes(both), LibC.AtSymlinkNoFollow);
            }
        }
    }

    /// <summary>Sets an extended attribute, xattr(7).</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    /// <param name="attribute">The attribute with its namespace, such as <c>user.note</c>.</param>
    /// <param name="value">The value.</param>
    public unsafe void SetExtendedAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        fixed (byte* path = ProcPath(_handle, name))
        fixed (byte* key = FileName.Terminate(attribute, stackalloc byte[MaxNameBuffer]))
        fixed (byte* data = value)
        {
            int result = name.IsEmpty
                ? LibC.setxattr(path, key, data, (nuint)value.Length, 0)
                : LibC.lsetxattr(path, key, data, (nuint)value.Length, 0);
            if (result < 0)
            {
                Repeat(name.IsEmpty ? "setxattr" : "lsetxattr", name, null, CallerPath(name), NamespaceArgument.Name(attribute), NamespaceArgument.Bytes(value), value.Length, 0);
            }
        }
    }

    /// <summary>An extended attribute's value, or null where there is none, this user can't see it or the file system has none.</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    /// <param name="attribute">The attribute with its namespace.</param>
    public unsafe byte[]? GetExtendedAttribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        // XATTR_SIZE_MAX of the kernel: no value is longer, so that one call always suffices.
        const int maxSize = 65536;
        byte[] rented = System.Buffers.ArrayPool<byte>.Shared.Rent(maxSize);
        try
        {
            nint length;
            fixed (byte* path = ProcPath(_handle, name))
            fixed (byte* key = FileName.Terminate(attribute, stackalloc byte[MaxNameBuffer]))
            fixed (byte* data = rented)
            {
                length = name.IsEmpty ? LibC.getxattr(path, key, data, maxSize) : LibC.lgetxattr(path, key, data, maxSize);
            }
            if (length >= 0)
            {
                return rented.AsSpan(0, (int)length).ToArray();
            }
            var error = (Errno)Marshal.GetLastPInvokeError();
            if (MayAsk(error))
            {
                length = (nint)_caller.Call(
                    name.IsEmpty ? "getxattr" : "lgetxattr", _handle, null, [CallerPath(name), NamespaceArgument.Name(attribute), NamespaceArgument.Output, maxSize], rented.AsSpan(0, maxSize));
                if (length >= 0)
                {
                    return rented.AsSpan(0, (int)length).ToArray();
                }
                error = (Errno)(-length);
            }
            return error is Errno.ENODATA or Errno.EOPNOTSUPP or Errno.EPERM or Errno.EACCES
                ? null
                : throw new LinuxException($"lgetxattr {FileName.Display(attribute)}", error, FileName.Display(name));
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The names of an entry's extended attributes that this user can see.</summary>
    /// <param name="name">Name of the entry; empty for this directory.</param>
    public IReadOnlyList<byte[]> ListExtendedAttributes(ReadOnlySpan<byte> name)
    {
        const int maxSize = 65536; // XATTR_LIST_MAX
        byte[] list = System.Buffers.ArrayPool<byte>.Shared.Rent(maxSize);
        try
        {
            ReadOnlySpan<byte> rest = list.AsSpan(0, ListExtendedAttributes(name, list.AsSpan(0, maxSize)));
            if (rest.IsEmpty)
            {
                return [];
            }
            var names = new List<byte[]>();
            while (rest.IndexOf((byte)0) is var end and >= 0)
            {
                names.Add(rest[..end].ToArray());
                rest = rest[(end + 1)..];
            }
            return names;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(list);
        }
    }

    private unsafe int ListExtendedAttributes(ReadOnlySpan<byte> name, Span<byte> list)
    {
        nint length;
        fixed (byte* path = ProcPath(_handle, name))
        fixed (byte* data = list)
        {
            length = name.IsEmpty ? LibC.listxattr(path, data, (nuint)list.Length) : LibC.llistxattr(path, data, (nuint)list.Length);
        }
        if (length < 0)
        {
            var error = (Errno)Marshal.GetLastPInvokeError();
            length = MayAsk(error)
                ? (nint)_caller.Call(name.IsEmpty ? "listxattr" : "llistxattr", _handle, null, [CallerPath(name), NamespaceArgument.Output, list.Length], list)
                : -(int)error;
        }
        return length >= 0 ? (int)length
            : length == -(int)Errno.EOPNOTSUPP ? 0
            : throw new LinuxException("llistxattr", (Errno)(-length), FileName.Display(name));
    }

    /// <summary>True when the directory is on a file system that the kernel makes up: proc, sysfs, cgroups, devpts and the like; statfs(2).</summary>
    public unsafe bool IsKernelFileSystem()
    {
        const int sizeOfStatFs = 120;
        long* status = stackalloc long[(sizeOfStatFs / sizeof(long)) + 1];
        LinuxException.ThrowIfFailed(LibC.fstatfs(_handle, status), "fstatfs");
        // PROC, SYSFS, CGROUP, CGROUP2, DEVPTS, MQUEUE, DEBUGFS, TRACEFS, SECURITYFS, BPF_FS, binfmt_misc; linux/magic.h.
        return status[0] is 0x9FA0 or 0x62656572 or 0x27E0EB or 0x63677270 or 0x1CD1 or 0x19800202
            or 0x64626720 or 0x74726163 or 0x73636673 or 0xCAFE4A11 or 0x42494E4D;
    }

    private static unsafe FileStatus GetStatus(SafeFileHandle file, ReadOnlySpan<byte> name)
    {
        StatX status;
        byte empty = 0;
        return LibC.statx(file, &empty, LibC.AtEmptyPath, StatX.MaskBasicStats | StatX.MaskMountId, &status) < 0 ? throw Failure("statx", name) : new FileStatus(status);
    }

    private unsafe void SetModeByDescriptor(SafeFileHandle handle, uint mode, ReadOnlySpan<byte> name)
    {
        fixed (byte* path = ProcPath(handle, default))
        {
            if (LibC.chmod(path, mode) == 0)
            {
                return;
            }
        }
        var error = (Errno)Marshal.GetLastPInvokeError();
        if (MayAsk(error))
        {
            error = (Errno)(-_caller.Call("fchmodat", handle, null, [LibC.AtFdCwd, NamespaceArgument.Name(NamespaceCaller.FirstPath), mode]));
        }
        if (error != Errno.None)
        {
            throw new LinuxException("chmod", error, FileName.Display(name));
        }
    }

    /// <summary>An entry by path, as the process that makes calls for this one can reach it.</summary>
    private static NamespaceArgument CallerPath(ReadOnlySpan<byte> name)
        => NamespaceArgument.Name(name.IsEmpty ? NamespaceCaller.FirstPath : [.. NamespaceCaller.FirstPath, (byte)'/', .. name]);

    /// <summary>The path by which calls that take no descriptor reach an entry: proc(5) leads to the directory, whatever its path is.</summary>
    private static byte[] ProcPath(SafeFileHandle directory, ReadOnlySpan<byte> name)
    {
        int needed = 40 + name.Length;
        byte[] path = new byte[needed];
        int length = Encoding.ASCII.GetBytes($"/proc/self/fd/{directory.DangerousGetHandle()}", path);
        if (!name.IsEmpty)
        {
            path[length++] = (byte)'/';
            FileName.TerminateEntry(name, path.AsSpan(length));
        }
        return path;
    }
}
