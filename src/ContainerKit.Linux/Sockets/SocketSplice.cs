using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;

namespace ContainerKit.Linux.Sockets;

/// <summary>Moves a stream from one socket to another inside of the kernel, splice(2): what is moved is pages, by way of a pipe, and nothing is copied.</summary>
/// <remarks>Worth it for a stream that is long: it takes four descriptors.</remarks>
public sealed class SocketSplice : IDisposable
{
    /// <summary>What a user may ask for without privileges, /proc/sys/fs/pipe-max-size.</summary>
    private const int PipeSize = 1 << 20;

    /// <summary>A stream that never makes anybody wait must not keep the thread from others.</summary>
    private const int RoundsOfOneTurn = 64;

    private readonly PipeEnds _pipe;
    private readonly FileDescriptor _from;
    private readonly FileDescriptor _to;
    private readonly Readiness _readable;
    private readonly Readiness _writable;

    private SocketSplice(PipeEnds pipe, FileDescriptor from, FileDescriptor to)
    {
        (_pipe, _from, _to) = (pipe, from, to);
        _readable = new Readiness(Reactor.Shared, from);
        _writable = new Readiness(Reactor.Shared, to);
    }

    /// <summary>Prepares to move.</summary>
    /// <param name="from">A connected stream socket. Others must not read from it meanwhile.</param>
    /// <param name="to">Another one. Others must not write to it meanwhile.</param>
    /// <returns>An object that holds both connections open until it is disposed.</returns>
    /// <exception cref="LinuxException">There are too many open files (EMFILE, ENFILE).</exception>
    public static SocketSplice Create(Socket from, Socket to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        PipeEnds pipe = PipeEnds.Create();
        FileDescriptor? source = null;
        FileDescriptor? target = null;
        try
        {
            // Descriptors of its own: epoll knows a watch by the descriptor, and the other direction watches the same sockets.
            source = Duplicate(from);
            target = Duplicate(to);
            source.SetNonBlocking();
            target.SetNonBlocking();

            // More than the user's share of memory in pipes is refused: then it stays at 64 KiB.
            _ = LibC.fcntl(pipe.Write, LibC.FSetPipeSize, PipeSize);
            return new SocketSplice(pipe, source, target);
        }
        catch
        {
            pipe.Dispose();
            source?.Dispose();
            target?.Dispose();
            throw;
        }
    }

    /// <summary>Moves until the stream ends. That end is not passed on.</summary>
    /// <param name="cancellationToken">Gives up; what was in the pipe is lost.</param>
    /// <returns>A task.</returns>
    /// <exception cref="LinuxException">A connection broke (ECONNRESET, EPIPE and others).</exception>
    public async Task PumpAsync(CancellationToken cancellationToken = default)
    {
        for (int round = 1; ; round++)
        {
            long count = Move(_from, _pipe.Write, PipeSize);
            if (count == 0)
            {
                return;
            }

            if (count < 0)
            {
                await _readable.WaitAsync(EpollEvents.Readable, cancellationToken).ConfigureAwait(false);
            }

            while (count > 0)
            {
                long moved = Move(_pipe.Read, _to, count);
                count -= Math.Max(0, moved);
                if (moved < 0)
                {
                    await _writable.WaitAsync(EpollEvents.Writable, cancellationToken).ConfigureAwait(false);
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (round % RoundsOfOneTurn == 0)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Lets go of the pipe and the connections.</summary>
    public void Dispose()
    {
        _readable.Close();
        _writable.Close();
        _pipe.Dispose();
        _from.Dispose();
        _to.Dispose();
    }

    private static FileDescriptor Duplicate(Socket socket)
    {
        bool added = false;
        socket.SafeHandle.DangerousAddRef(ref added);
        try
        {
            int number = LibC.fcntl_number((int)socket.SafeHandle.DangerousGetHandle(), LibC.FDupFdCloExec, 0);
            return new FileDescriptor(LinuxException.ThrowIfFailed(number, "fcntl F_DUPFD_CLOEXEC"), ownsDescriptor: true);
        }
        finally
        {
            socket.SafeHandle.DangerousRelease();
        }
    }

    /// <summary>Minus one when it would have to wait.</summary>
    private static unsafe long Move(FileDescriptor from, FileDescriptor to, long count)
    {
        while (true)
        {
            nint moved = LibC.splice(from, null, to, null, (nuint)count, LibC.SpliceMove | LibC.SpliceNonBlock);
            if (moved >= 0)
            {
                return moved;
            }

            Errno error = (Errno)Marshal.GetLastPInvokeError();
            if (error == Errno.EAGAIN)
            {
                return -1;
            }

            if (error != Errno.EINTR)
            {
                throw new LinuxException("splice", error);
            }
        }
    }
}
