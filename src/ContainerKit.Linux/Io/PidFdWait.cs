using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>
/// Waits for the end of a process. The status is taken on the reactor's thread (one non-blocking call), so whoever awaits is one hop away from
/// the exit.
/// </summary>
internal sealed class PidFdWait : EpollRegistration
{
    /// <summary>How long to leave an ended child to its tracer, see <see cref="OnReady"/>.</summary>
    private static readonly TimeSpan s_tracedRetry = TimeSpan.FromMilliseconds(20);

    private readonly TaskCompletionSource<ProcessExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal PidFdWait(PidFd process)
        : base(Reactor.Shared, process)
    {
    }

    internal Task<ProcessExit> Exit => _exit.Task;

    internal void Start()
    {
        try
        {
            Arm(EpollEvents.Readable);
        }
        catch (LinuxException exception)
        {
            _exit.TrySetException(exception);
            Close();
        }
    }

    internal override unsafe void OnReady(EpollEvents events)
    {
        LibC.SigInfo info = default;
        ProcessExit exit = ProcessExit.Unknown;
        if (LibC.waitid(LibC.PPidFd, Number, &info, LibC.WExited | LibC.WNoHang | LibC.WAll) < 0)
        {
            LinuxException error = LinuxException.FromLastError("waitid");
            if (error.Errno != Errno.ECHILD)
            {
                _exit.TrySetException(error);
            }
        }
        else if (info.Pid == 0)
        {
            // A debugger that traces the child gets its status first, ptrace(2); readiness would be reported on and on until then.
            _ = RetryAsync();
            return;
        }
        else
        {
            exit = info.Code == LibC.CldExited
                ? new ProcessExit(info.Status, Signal: null, CoreDumped: false)
                : new ProcessExit(ExitCode: null, info.Status, CoreDumped: info.Code == LibC.CldDumped);
        }

        Close();
        _exit.TrySetResult(exit);
    }

    private async Task RetryAsync()
    {
        await Task.Delay(s_tracedRetry, TimeProvider.System).ConfigureAwait(false);
        Start();
    }
}
