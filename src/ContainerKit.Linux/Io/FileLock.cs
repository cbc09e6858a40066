using System.Globalization;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>
/// A lock between processes and within one, flock(2) on a file made for it. The kernel releases it when its owner ends, however it ends.
/// </summary>
/// <remarks>
/// The file stays when the lock is released; only who holds the lock exclusively may delete it, or the directory it is in. Whoever waited for a
/// file that was deleted meanwhile gets the lock on its successor of the same name, never on the deleted file.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMilliseconds(50);

    private readonly FileDescriptor _descriptor;

    private FileLock(FileDescriptor descriptor, string path) => (_descriptor, Path) = (descriptor, path);

    /// <summary>The lock file.</summary>
    public string Path { get; }

    /// <summary>Takes the lock if it is free.</summary>
    /// <param name="path">The lock file, not a symbolic link; made, with mode 0600, if missing. Its directory exists.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <returns>The lock, released by Dispose; null when it is held otherwise.</returns>
    /// <exception cref="LinuxException">The file can't be opened (ENOENT, EACCES, ELOOP), or its file system has no locks (ENOLCK).</exception>
    public static FileLock? TryAcquire(string path, FileLockMode mode = FileLockMode.Exclusive)
        => OpenAndLock(path, LibC.ORdWr | LibC.OCreat | LibC.ONoFollow | LibC.ONonBlock | LibC.OCloExec | LibC.ONoCtty, mode);

    /// <summary>Takes the lock of a directory itself if it is free: no file is needed, and the lock stays when the directory is renamed.</summary>
    /// <param name="path">The directory; not a symbolic link.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <returns>The lock, released by Dispose; null when it is held otherwise.</returns>
    /// <exception cref="LinuxException">The directory can't be opened (ENOENT, ENOTDIR, EACCES), or its file system has no locks (ENOLCK).</exception>
    public static FileLock? TryAcquireDirectory(string path, FileLockMode mode = FileLockMode.Exclusive)
        => OpenAndLock(path, LibC.ORdOnly | LibC.ODirectory | LibC.ONoFollow | LibC.OCloExec, mode);

    /// <summary>Waits for the exclusive lock of a file that is there, which may be one of the kernel's: a namespace, for instance.</summary>
    /// <param name="path">The file; it is opened for reading only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, released by Dispose.</returns>
    /// <exception cref="LinuxException">The file can't be opened (ENOENT, EACCES), or its file system has no locks (ENOLCK).</exception>
    public static async Task<FileLock> AcquireExistingAsync(string path, CancellationToken cancellationToken = default)
    {
        TimeSpan delay = s_firstDelay;
        FileLock? acquired;
        while ((acquired = OpenAndLock(path, LibC.ORdOnly | LibC.OCloExec, FileLockMode.Exclusive)) is null)
        {
            await Task.Delay(delay, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
        }

        return acquired;
    }

    /// <summary>Waits for the lock.</summary>
    /// <remarks>
    /// flock has no readiness to wait for and its blocking form would hold a thread, so this asks again after 1 ms, 2 ms, … up to every 50
    /// ms. There is no order among those who wait.
    /// </remarks>
    /// <param name="path">As for <see cref="TryAcquire"/>.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, released by Dispose.</returns>
    /// <exception cref="LinuxException">As for <see cref="TryAcquire"/>.</exception>
    public static async Task<FileLock> AcquireAsync(
        string path, FileLockMode mode = FileLockMode.Exclusive, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan delay = s_firstDelay;
        FileLock? acquired;
        while ((acquired = TryAcquire(path, mode)) is null)
        {
            await Task.Delay(delay, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
        }

        return acquired;
    }

    /// <summary>Which process took the lock of a file or directory, proc_locks(5).</summary>
    /// <remarks>
    /// It may have ended: a process that it was just starting has a copy of the descriptor until its execve, and keeps the lock by that.
    /// </remarks>
    /// <param name="path">The locked file.</param>
    /// <returns>
    /// The pid; null when nobody has it, when it was taken in another pid namespace, or when the file system shows other numbers there than in
    /// stat(2) (btrfs).
    /// </returns>
    public static unsafe int? FindHolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        StatX status;
        if (LibC.statx_path(LibC.AtFdCwd, path, 0, StatX.MaskBasicStats, &status) < 0)
        {
            return null;
        }

        // "1: FLOCK  ADVISORY  WRITE 706 fe:00:347538 0 EOF"
        string file = string.Create(CultureInfo.InvariantCulture, $"{status.DeviceMajor:x2}:{status.DeviceMinor:x2}:{status.Inode}");
        foreach (string line in File.ReadLines("/proc/locks"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 5 && fields[1] == "FLOCK" && fields[5] == file
                && int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
            {
                return pid;
            }
        }

        return null;
    }

    /// <summary>Removes the locked file; only for a holder of an exclusive lock. The lock is held until <see cref="Dispose"/>.</summary>
    public void RemoveFile() => File.Delete(Path);

    /// <summary>Releases the lock. Idempotent.</summary>
    public void Dispose()
    {
        if (!_descriptor.IsClosed)
        {
            // Said explicitly: a process that is just being started has a copy of the descriptor until its execve, and closing
            // ours would leave the lock to that copy. It can't fail for a descriptor that holds the lock.
            _ = LibC.flock(_descriptor, LibC.LockUn);
            _descriptor.Dispose();
        }
    }

    private static FileLock? OpenAndLock(string path, int flags, FileLockMode mode)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int operation = (mode == FileLockMode.Shared ? LibC.LockSh : LibC.LockEx) | LibC.LockNb;
        while (true)
        {
            int number = LibC.open(path, flags, Convert.ToUInt32("600", 8));
            var descriptor = new FileDescriptor(LinuxException.ThrowIfFailed(number, "open", path), ownsDescriptor: true);
            try
            {
                if (!TryLock(descriptor, operation, path))
                {
                    descriptor.Dispose();
                    return null;
                }

                if (IsAt(descriptor, path))
                {
                    return new FileLock(descriptor, path);
                }

                descriptor.Dispose();
            }
            catch
            {
                descriptor.Dispose();
                throw;
            }
        }
    }

    private static bool TryLock(FileDescriptor descriptor, int operation, string path)
    {
        while (LibC.flock(descriptor, operation) < 0)
        {
            LinuxException error = LinuxException.FromLastError("flock", path);
            switch (error.Errno)
            {
                case Errno.EAGAIN:
                    return false;
                case Errno.EINTR:
                    continue;
                default:
                    throw error;
            }
        }

        return true;
    }

    /// <summary>False when the file that was locked has been deleted or replaced since it was opened.</summary>
    private static unsafe bool IsAt(FileDescriptor descriptor, string path)
    {
        StatX locked;
        StatX named;
        byte empty = 0;
        LinuxException.ThrowIfFailed(
            LibC.statx(descriptor, &empty, LibC.AtEmptyPath, StatX.MaskBasicStats, &locked), "statx", path);
        if (LibC.statx_path(LibC.AtFdCwd, path, 0, StatX.MaskBasicStats, &named) < 0)
        {
            LinuxException error = LinuxException.FromLastError("statx", path);
            return error.Errno == Errno.ENOENT ? false : throw error;
        }

        return locked.Inode == named.Inode && locked.DeviceMajor == named.DeviceMajor && locked.DeviceMinor == named.DeviceMinor;
    }
}
