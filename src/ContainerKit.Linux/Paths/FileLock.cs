using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Paths;

/// <summary>A lock on a file by flock(2). It ends when the object is disposed or this process does, however it ends.</summary>
/// <remarks>
/// Two locks of one process exclude each other as those of two processes do. A child that was forked holds the lock as well until its execve:
/// the descriptor is close-on-exec.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockUnlock = 8;

    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private FileLock(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Locks a file, which is created (mode 0600) when missing. Does not wait.</summary>
    /// <param name="path">The file. Not a symbolic link.</param>
    /// <param name="shared">True: other shared locks may be held at the same time.</param>
    /// <returns>The lock, or null when somebody else holds one that excludes it.</returns>
    /// <remarks>A file that its last holder removed (<see cref="RemoveFile"/>) between open and lock is not taken for the new one.</remarks>
    public static FileLock? TryAcquire(string path, bool shared = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        while (true)
        {
            int flags = LibC.OReadWrite | LibC.OCreate | LibC.ONoFollow | LibC.ONonBlock | LibC.OCloseOnExec;
            int descriptor = LibC.open_path(path, flags, 0x180 /* 0600 */);
            var handle = new SafeFileHandle(LinuxException.ThrowIfFailed(descriptor, "open", path), ownsHandle: true);
            if (LibC.flock(handle, (shared ? LockShared : LockExclusive) | LockNonBlocking) < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                handle.Dispose();
                return error == Errno.EAGAIN ? null : throw new LinuxException("flock", error, path);
            }
            if (RootedDirectory.GetStatus(handle).LinkCount > 0)
            {
                return new FileLock(handle, path);
            }
            handle.Dispose();
        }
    }

    /// <summary>Removes the locked file; only for a holder of an exclusive lock. The lock is held until <see cref="Dispose"/>.</summary>
    public void RemoveFile() => File.Delete(_path);

    /// <summary>Releases the lock. Idempotent.</summary>
    public void Dispose()
    {
        if (!_handle.IsClosed)
        {
            // Said explicitly: a process that is just being started has a copy of the descriptor until its execve, and closing ours would leave the
            // lock to that copy. It can't fail for a descriptor that holds the lock.
            _ = LibC.flock(_handle, LockUnlock);
            _handle.Dispose();
        }
    }
}
