using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Handles;

/// <summary>The two ends of a pipe(7), both close-on-exec and blocking.</summary>
/// <remarks>
/// O_NONBLOCK belongs to an open file description, and the ends are two of them: when <see cref="Io.FdPipe"/> makes our end
/// non-blocking, the end that a child gets stays blocking, as programs expect of their standard streams.
/// </remarks>
public sealed class PipeEnds : IDisposable
{
    private PipeEnds(FileDescriptor read, FileDescriptor write) => (Read, Write) = (read, write);

    /// <summary>The end that is read from.</summary>
    public FileDescriptor Read { get; }

    /// <summary>The end that is written to.</summary>
    public FileDescriptor Write { get; }

    /// <summary>Makes a pipe, pipe2(2).</summary>
    /// <returns>Both ends; the caller owns them, separately or together.</returns>
    /// <exception cref="LinuxException">The process or the system has too many open files (EMFILE, ENFILE).</exception>
    public static unsafe PipeEnds Create()
    {
        int* ends = stackalloc int[2];
        LinuxException.ThrowIfFailed(LibC.pipe2(ends, LibC.OCloExec), "pipe2");
        return new PipeEnds(new FileDescriptor(ends[0], ownsDescriptor: true), new FileDescriptor(ends[1], ownsDescriptor: true));
    }

    /// <summary>Closes both ends, as far as they are still open.</summary>
    public void Dispose()
    {
        Read.Dispose();
        Write.Dispose();
    }
}
