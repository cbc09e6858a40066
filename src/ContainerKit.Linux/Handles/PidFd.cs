using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;

namespace ContainerKit.Linux.Handles;

/// <summary>A process by descriptor, pidfd_open(2): it can't be confused with a later process of the same number.</summary>
public sealed class PidFd : FileDescriptor
{
    private PidFdWait? _wait;

    /// <summary>Wraps a pidfd that came from clone3(2) CLONE_PIDFD or through a socket.</summary>
    /// <param name="number">The descriptor; owned by this object from now on.</param>
    internal PidFd(int number)
        : base(number, ownsDescriptor: true)
    {
    }

    /// <summary>Opens a process by number. For a child that nobody has waited for the number can't have been reused.</summary>
    /// <param name="pid">A process id in this process's pid namespace.</param>
    /// <returns>A descriptor that the caller owns.</returns>
    /// <exception cref="LinuxException">There is no such process (ESRCH), or the kernel is older than 5.3 (ENOSYS).</exception>
    public static PidFd Open(int pid) => new(LinuxException.ThrowIfFailed(LibC.pidfd_open(pid, 0), "pidfd_open"));

    /// <summary>As <see cref="Open"/>, but null when there is no such process.</summary>
    /// <remarks>
    /// A number can outlive its process: as that of a process group or session, which others are still in, and there are numbers of threads. The
    /// kernel says EINVAL of those, since 6.15 ENOENT.
    /// </remarks>
    /// <param name="pid">A process id in this process's pid namespace.</param>
    /// <returns>A descriptor that the caller owns, or null.</returns>
    /// <exception cref="LinuxException">Anything else.</exception>
    public static PidFd? TryOpen(int pid)
    {
        int number = LibC.pidfd_open(pid, 0);
        if (number >= 0)
        {
            return new PidFd(number);
        }

        LinuxException error = LinuxException.FromLastError("pidfd_open");
        return error.Errno is Errno.ESRCH or Errno.EINVAL or Errno.ENOENT ? null : throw error;
    }

    /// <summary>Completes when the process has ended; a child of this process is reaped by that, waitid(2) P_PIDFD, and nothing else is.</summary>
    /// <remarks>
    /// All calls share one wait. It begins with the first call and goes on until the process ends, even when this object is disposed or
    /// every caller gave up: a child that was once waited for leaves no zombie. The status is <see cref="ProcessExit.Unknown"/> for a
    /// process that is no child, and for a child whose status something else in this process took.
    /// </remarks>
    /// <param name="cancellationToken">Gives up waiting; the process is not touched.</param>
    /// <returns>How the process ended.</returns>
    /// <exception cref="LinuxException">The wait could not be registered (ENOSPC: too many epoll watches of this user).</exception>
    /// <exception cref="ObjectDisposedException">Disposed before the first call.</exception>
    public Task<ProcessExit> WaitAsync(CancellationToken cancellationToken = default)
    {
        PidFdWait? wait = Volatile.Read(ref _wait);
        if (wait is null)
        {
            var created = new PidFdWait(this);
            wait = Interlocked.CompareExchange(ref _wait, created, null) ?? created;
            if (ReferenceEquals(wait, created))
            {
                wait.Start();
            }
            else
            {
                created.Close();
            }
        }

        return wait.Exit.WaitAsync(cancellationToken);
    }

    /// <summary>Sends a signal, pidfd_send_signal(2).</summary>
    /// <param name="signal">The signal's number; 0 only asks whether the process exists.</param>
    /// <returns>False when the process has ended and was reaped.</returns>
    /// <exception cref="LinuxException">No permission (EPERM) or no such signal (EINVAL).</exception>
    public bool SendSignal(int signal)
    {
        if (LibC.pidfd_send_signal(this, signal) >= 0)
        {
            return true;
        }

        LinuxException error = LinuxException.FromLastError("pidfd_send_signal");
        return error.Errno == Errno.ESRCH ? false : throw error;
    }

    /// <summary>Takes a copy of a descriptor of the process, pidfd_getfd(2), Linux 5.6.</summary>
    /// <param name="number">The descriptor's number in that process.</param>
    /// <returns>A close-on-exec descriptor of the same open file description; the caller owns it.</returns>
    /// <exception cref="LinuxException">No such descriptor (EBADF), no ptrace permission (EPERM), the process ended (ESRCH).</exception>
    public FileDescriptor GetDescriptor(int number)
        => new(LinuxException.ThrowIfFailed(LibC.pidfd_getfd(this, number), "pidfd_getfd"), ownsDescriptor: true);
}
