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
    /// <summary>How often a lock is tried whose holder is dead.</summary>
    private const int AbandonedAttempts = 1000;

    /// <summary>
    /// How often a lock is tried whose holder is not known: mostly it was released between the two questions; for ever only where the kernel shows
    /// other numbers than stat(2) does (btrfs).
    /// </summary>
    private const int UnknownAttempts = 50;

    private static readonly int s_fileFlags = LibC.ORdWr | LibC.OCreat | LibC.ONoFollow | LibC.ONonBlock | LibC.OCloExec | LibC.ONoCtty;
    private static readonly int s_directoryFlags = LibC.ORdOnly | LibC.ODirectory | LibC.ONoFollow | LibC.OCloExec;
    private static readonly int s_existingFlags = LibC.ORdOnly | LibC.OCloExec;
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_abandonedDelay = TimeSpan.FromMilliseconds(10);

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
        => OpenAndLock(path, s_fileFlags, mode);

    /// <summary>Takes the lock of a directory itself if it is free: no file is needed, and the lock stays when the directory is renamed.</summary>
    /// <param name="path">The directory; not a symbolic link.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <returns>The lock, released by Dispose; null when it is held otherwise.</returns>
    /// <exception cref="LinuxException">The directory can't be opened (ENOENT, ENOTDIR, EACCES), or its file system has no locks (ENOLCK).</exception>
    public static FileLock? TryAcquireDirectory(string path, FileLockMode mode = FileLockMode.Exclusive)
        => OpenAndLock(path, s_directoryFlags, mode);

    /// <summary>Waits for the exclusive lock of a file that is there, which may be one of the kernel's: a namespace, for instance.</summary>
    /// <param name="path">The file; it is opened for reading only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, released by Dispose.</returns>
    /// <exception cref="LinuxException">The file can't be opened (ENOENT, EACCES), or its file system has no locks (ENOLCK).</exception>
    public static ValueTask<FileLock> AcquireExistingAsync(string path, CancellationToken cancellationToken = default)
        => WaitAsync(path, s_existingFlags, FileLockMode.Exclusive, TimeProvider.System, cancellationToken);

    /// <summary>Waits for the lock.</summary>
    /// <remarks>
    /// flock has no readiness to wait for and its blocking form would hold a thread, so this asks again after 1 ms, 2 ms, … up to every 50
    /// ms. There is no order among those who wait.
    /// </remarks>
    /// <param name="path">As for <see cref="TryAcquire"/>.</param>
    /// <param name="mode">Exclusive or shared.</param>
    /// <param name="time">Paces the waiting; the system's time by default.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, released by Dispose.</returns>
    /// <exception cref="LinuxException">As for <see cref="TryAcquire"/>.</exception>
    public static ValueTask<FileLock> AcquireAsync(
        string path, FileLockMode mode = FileLockMode.Exclusive, TimeProvider? time = null, CancellationToken cancellationToken = default)
        => WaitAsync(path, s_fileFlags, mode, time ?? TimeProvider.System, cancellationToken);

    /// <summary>
    /// Takes the lock if it is free, and waits for one whose holder is dead: a process that it was just starting has a copy of the descriptor until its
    /// execve, and keeps the lock by that.
    /// </summary>
    /// <param name="path">As for <see cref="TryAcquire"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, released by Dispose; null when somebody holds it who lives.</returns>
    /// <exception cref="LinuxException">As for <see cref="TryAcquire"/>.</exception>
    public static ValueTask<FileLock?> TryAcquireAbandonedAsync(string path, CancellationToken cancellationToken = default)
        => TryAbandonedAsync(path, s_fileFlags, cancellationToken);

    /// <summary>As <see cref="TryAcquireAbandonedAsync"/>, of a directory itself.</summary>
    /// <param name="path">As for <see cref="TryAcquireDirectory"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, released by Dispose; null when somebody holds it who lives.</returns>
    /// <exception cref="LinuxException">As for <see cref="TryAcquireDirectory"/>.</exception>
    public static ValueTask<FileLock?> TryAcquireAbandonedDirectoryAsync(string path, CancellationToken cancellationToken = default)
        => TryAbandonedAsync(path, s_directoryFlags, cancellationToken);

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

    private static async ValueTask<FileLock> WaitAsync(string path, int flags, FileLockMode mode, TimeProvider time, CancellationToken cancellationToken)
    {
        for (TimeSpan delay = s_firstDelay; ; delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OpenAndLock(path, flags, mode) is { } acquired)
            {
                return acquired;
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<FileLock?> TryAbandonedAsync(string path, int flags, CancellationToken cancellationToken)
    {
        int unknown = 0;
        for (int attempt = 1; ; attempt++)
        {
            if (OpenAndLock(path, flags, FileLockMode.Exclusive) is { } acquired)
            {
                return acquired;
            }

            bool goesOn = FindHolder(path) is int holder ? !IsAlive(holder) : ++unknown < UnknownAttempts;
            if (!goesOn || attempt == AbandonedAttempts)
            {
                return null;
            }

            await Task.Delay(s_abandonedDelay, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A zombie has nothing any more, and its parent need not be in a hurry to wait for it.</summary>
    private static bool IsAlive(int pid)
    {
        try
        {
            // "706 (any (name)) S 1 …", proc_pid_stat(5).
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            int state = stat.LastIndexOf(')') + 2;
            return state >= stat.Length || stat[state] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // There it is, but not ours to look at: proc(5), hidepid=1.
            return true;
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
