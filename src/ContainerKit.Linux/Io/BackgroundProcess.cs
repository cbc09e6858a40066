using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>What a process does that goes on in the background when who started it is gone, daemon(7).</summary>
public static class BackgroundProcess
{
    /// <summary>
    /// Leaves the session of the terminal that this process was started from, setsid(2): its signals (ctrl-c, hang-up) are no longer for this process.
    /// One that leads a session or a process group already stays where it is.
    /// </summary>
    public static void LeaveSession() => _ = LibC.setsid();

    /// <summary>Lets standard input read nothing, and sends standard output and error to a file, dup2(2): nobody waits for the end of what they were.</summary>
    /// <param name="log">A file that is open for writing; the caller keeps it.</param>
    /// <exception cref="LinuxException">/dev/null can't be opened, or the process has too many open files.</exception>
    public static void RedirectOutput(FileDescriptor log)
    {
        ArgumentNullException.ThrowIfNull(log);
        using FileDescriptor nothing = new(LinuxException.ThrowIfFailed(LibC.open("/dev/null", LibC.ORdWr | LibC.OCloExec, 0), "open", "/dev/null"), ownsDescriptor: true);
        LinuxException.ThrowIfFailed(LibC.dup2(nothing, 0), "dup2");
        LinuxException.ThrowIfFailed(LibC.dup2(log, 1), "dup2");
        LinuxException.ThrowIfFailed(LibC.dup2(log, 2), "dup2");
    }
}
