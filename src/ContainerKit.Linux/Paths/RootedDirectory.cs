using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Namespaces;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Paths;

/// <summary>
/// A directory held by descriptor, with the operations that hostile trees need: a path is resolved below it as if it were <c>/</c>
/// (openat2(2) with RESOLVE_IN_ROOT), an entry is named by one component and a link in its place is never followed. Names are bytes.
/// </summary>
/// <remarks>
/// The directory stays the same one when it is renamed or when a component of its path is replaced. Needs Linux 5.6. Failed calls throw
/// <see cref="LinuxException"/>, names with a slash or NUL <see cref="ArgumentException"/>. Instances may be used by several threads.
/// </remarks>
public sealed partial class RootedDirectory : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly NamespaceCaller? _caller;

    private RootedDirectory(SafeFileHandle handle, NamespaceCaller? caller)
    {
        _handle = handle;
        _caller = caller;
    }

    /// <summary>The O_PATH descriptor; owned by this object.</summary>
    public SafeFileHandle Handle => _handle;

    /// <summary>Opens a directory of this machine. Links in the path are followed.</summary>
    /// <param name="path">Absolute path, or relative to the current directory.</param>
    /// <param name="caller">
    /// What this process may not do below the directory is done by this as root of a user namespace, and owners are ids of that namespace;
    /// stays owned by the caller. Null: this process alone.
    /// </param>
    /// <returns>The directory; the caller disposes it.</returns>
    public static RootedDirectory Open(string path, NamespaceCaller? caller = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int descriptor = LibC.open_path(path, LibC.OPath | LibC.ODirectory | LibC.OCloseOnExec, 0);
        return new(new SafeFileHandle(LinuxException.ThrowIfFailed(descriptor, "open", path), ownsHandle: true), caller);
    }

    /// <summary>Opens a directory below this one.</summary>
    /// <param name="path">Path below this directory; a leading slash changes nothing. Empty or <c>.</c> for this directory.</param>
    /// <param name="resolution">How links and mount points are treated.</param>
    /// <returns>The directory; the caller disposes it.</returns>
    public RootedDirectory OpenDirectory(ReadOnlySpan<byte> path, PathResolution resolution = PathResolution.None)
        => new(OpenCore(path, LibC.OPath | LibC.ODirectory, 0, resolution, throwOnError: true)!, _caller);

    /// <summary>As <see cref="OpenDirectory"/>, with null where the path does not lead to a directory (ENOENT, ENOTDIR, ELOOP or EXDEV).</summary>
    /// <param name="path">Path below this directory.</param>
    /// <param name="resolution">How links and mount points are treated.</param>
    /// <param name="reason">Why the result is null.</param>
    public RootedDirectory? TryOpenDirectory(ReadOnlySpan<byte> path, PathResolution resolution, out Errno reason)
    {
        SafeFileHandle? handle = OpenCore(path, LibC.OPath | LibC.ODirectory, 0, resolution, throwOnError: false);
        reason = handle is null ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
        return handle is null ? null : new(handle, _caller);
    }

    /// <summary>
    /// Opens a regular file below this directory for reading. The open itself never blocks on a FIFO or starts a device.
    /// </summary>
    /// <param name="path">Path below this directory.</param>
    /// <param name="resolution">How links and mount points are treated.</param>
    /// <returns>The file, or null when it is not a regular one; the caller disposes it.</returns>
    public SafeFileHandle? OpenRegularFile(ReadOnlySpan<byte> path, PathResolution resolution = PathResolution.None)
    {
        // What the entry is must be known before it is opened: opening a device has effects (a tape rewinds, a watchdog starts).
        using SafeFileHandle probe = OpenCore(path, LibC.OPath, 0, resolution, throwOnError: true)!;
        if (GetStatus(probe, path).Type != FileType.Regular)
        {
            return null;
        }
        // Through proc(5) this is the very file that was looked at, whatever is at the path by now.
        int descriptor = LibC.open_path($"/proc/self/fd/{probe.DangerousGetHandle()}", LibC.OReadOnly | LibC.ONonBlock | LibC.ONoCTty | LibC.OCloseOnExec, 0);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }
        const int readOnly = LibC.OReadOnly | LibC.ONonBlock | LibC.ONoCTty | LibC.OCloseOnExec;
        var error = (Errno)Marshal.GetLastPInvokeError();
        SafeFileHandle? opened = MayAsk(error)
            ? _caller.Open("openat", probe, [LibC.AtFdCwd, NamespaceArgument.Name(NamespaceCaller.FirstPath), readOnly, 0], out error)
            : null;
        return opened ?? throw new LinuxException("open", error, FileName.Display(path));
    }

    /// <summary>Creates a regular file for writing; fails with EEXIST when there is an entry of that name.</summary>
    /// <param name="name">Name of the entry.</param>
    /// <param name="mode">Permissions, reduced by the process's umask.</param>
    /// <returns>The file, open for reading and writing; the caller disposes it.</returns>
    public SafeFileHandle CreateFile(ReadOnlySpan<byte> name, uint mode)
    {
        RequireEntry(name);
        return OpenCore(name, LibC.OReadWrite | LibC.OCreate | LibC.OExclusive | LibC.ONoFollow, mode, PathResolution.NoSymbolicLinks, throwOnError: true)!;
    }

    /// <summary>
    /// A file for the operations with an empty name (status, owner, mode, time, extended attributes), with the rights that this object has.
    /// </summary>
    /// <param name="file">An open file; stays owned by the caller.</param>
    /// <returns>A view that lives as long as the file; not to be disposed.</returns>
    public RootedDirectory OfFile(SafeFileHandle file) => new(file, _caller);

    /// <summary>The directory's path on this machine at this moment, as proc(5) shows it; for knowing where a link led to.</summary>
    public byte[] GetPath()
    {
        using RootedDirectory descriptors = Open("/proc/self/fd");
        return descriptors.ReadSymbolicLink(System.Text.Encoding.ASCII.GetBytes($"{_handle.DangerousGetHandle()}"));
    }

    /// <summary>Flushes this directory's entries to disk, fsync(2).</summary>
    public void Sync()
    {
        using SafeFileHandle readable = OpenCore("."u8, LibC.OReadOnly | LibC.ODirectory, 0, PathResolution.NoSymbolicLinks, throwOnError: true)!;
        LinuxException.ThrowIfFailed(LibC.fsync(readable), "fsync");
    }

    /// <summary>Flushes everything on this directory's file system to disk, syncfs(2): one call in place of an fsync per file.</summary>
    public void SyncFileSystem()
    {
        using SafeFileHandle readable = OpenCore("."u8, LibC.OReadOnly | LibC.ODirectory, 0, PathResolution.NoSymbolicLinks, throwOnError: true)!;
        LinuxException.ThrowIfFailed(LibC.syncfs(readable), "syncfs");
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private unsafe SafeFileHandle? OpenCore(ReadOnlySpan<byte> path, int flags, uint mode, PathResolution resolution, bool throwOnError)
    {
        var how = new OpenHow
        {
            Flags = (uint)(flags | LibC.OCloseOnExec),
            Mode = mode,
            Resolve = OpenHow.ResolveInRoot | OpenHow.ResolveNoMagicLinks | (ulong)resolution,
        };
        if (path.IsEmpty)
        {
            path = "."u8;
        }
        fixed (byte* terminated = FileName.Terminate(path, stackalloc byte[FileName.MaxLength + 1]))
        {
            // EAGAIN: a rename or mount elsewhere raced with ".." and the kernel could not tell whether the path stayed inside. Somebody who
            // renames all the time can't hold us forever.
            const int attempts = 1000;
            int descriptor = LibC.openat2(_handle, terminated, &how);
            for (int attempt = 1; attempt < attempts && descriptor < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.EAGAIN; attempt++)
            {
                descriptor = LibC.openat2(_handle, terminated, &how);
            }
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }
            Errno error = (Errno)Marshal.GetLastPInvokeError();
            if (MayAsk(error))
            {
                ReadOnlySpan<byte> structure = new(&how, sizeof(OpenHow));
                SafeFileHandle? opened = _caller.Open(
                    "openat2", _handle, [NamespaceCaller.First, NamespaceArgument.Name(path), NamespaceArgument.Bytes(structure), structure.Length], out error);
                if (opened is not null)
                {
                    return opened;
                }
                Marshal.SetLastPInvokeError((int)error);
            }
            bool expected = error is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.EXDEV;
            return !throwOnError && expected ? null : throw new LinuxException("openat2", error, FileName.Display(path));
        }
    }

    private static void RequireEntry(ReadOnlySpan<byte> name)
    {
        if (!FileName.IsEntry(name) && name.Length <= FileName.MaxLength)
        {
            throw new ArgumentException($"Not the name of a directory entry: {FileName.Display(name)}", nameof(name));
        }
    }

    /// <summary>True for what this process may not do and root of the user namespace perhaps may.</summary>
    [MemberNotNullWhen(true, nameof(_caller))]
    private bool MayAsk(Errno error) => _caller is not null && (error is Errno.EACCES or Errno.EPERM);

    /// <summary>After a call that failed: repeats it as root of the user namespace where that may help, and throws otherwise.</summary>
    private void Repeat(string syscall, ReadOnlySpan<byte> name, RootedDirectory? second, params ReadOnlySpan<NamespaceArgument> arguments)
    {
        var error = (Errno)Marshal.GetLastPInvokeError();
        if (MayAsk(error))
        {
            error = (Errno)(-Math.Min(0, _caller.Call(syscall, _handle, second?._handle, arguments)));
        }
        if (error != Errno.None)
        {
            throw new LinuxException(syscall, error, FileName.Display(name));
        }
    }

    private static LinuxException Failure(string syscall, ReadOnlySpan<byte> name)
    {
        var error = (Errno)Marshal.GetLastPInvokeError();
        return new LinuxException(syscall, error, FileName.Display(name));
    }
}
