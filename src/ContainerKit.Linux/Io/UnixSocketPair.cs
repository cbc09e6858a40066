using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>A connected pair of SOCK_SEQPACKET sockets, unix(7), through which a child hands descriptors to us.</summary>
public sealed class UnixSocketPair : IDisposable
{
    private readonly Readiness _readiness;

    private UnixSocketPair(FileDescriptor local, FileDescriptor remote)
    {
        (Local, Remote) = (local, remote);
        _readiness = new Readiness(Reactor.Shared, local);
    }

    /// <summary>Our end; non-blocking.</summary>
    public FileDescriptor Local { get; }

    /// <summary>The child's end; blocking. Dispose it once the child has it, or its end goes unnoticed.</summary>
    public FileDescriptor Remote { get; }

    /// <summary>Makes a pair, both ends close-on-exec.</summary>
    /// <returns>The pair; the caller owns it.</returns>
    /// <exception cref="LinuxException">The process has too many open files (EMFILE).</exception>
    public static unsafe UnixSocketPair Create()
    {
        int* ends = stackalloc int[2];
        LinuxException.ThrowIfFailed(
            LibC.socketpair(LibC.AfUnix, LibC.SockSeqPacket | LibC.SockCloExec, 0, ends), "socketpair");
        var local = new FileDescriptor(ends[0], ownsDescriptor: true);
        var remote = new FileDescriptor(ends[1], ownsDescriptor: true);
        try
        {
            local.SetNonBlocking();
            return new UnixSocketPair(local, remote);
        }
        catch
        {
            local.Dispose();
            remote.Dispose();
            throw;
        }
    }

    /// <summary>Sends a descriptor with one byte of data, without waiting.</summary>
    /// <param name="socket">Either end of a pair.</param>
    /// <param name="descriptor">What the other side gets a copy of.</param>
    /// <exception cref="LinuxException">The other side is gone (EPIPE) or too much is waiting there (EAGAIN, ETOOMANYREFS).</exception>
    public static unsafe void SendDescriptor(FileDescriptor socket, FileDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(descriptor);
        bool added = false;
        try
        {
            descriptor.DangerousAddRef(ref added);
            var control = new LibC.DescriptorMessage
            {
                MessageLength = LibC.DescriptorMessage.Length,
                Level = LibC.SolSocket,
                Type = LibC.ScmRights,
                Descriptor = (int)descriptor.DangerousGetHandle(),
            };
            byte data = 0;
            var vector = new LibC.IoVec { Base = &data, Length = 1 };
            var message = new LibC.MsgHdr
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = &control,
                ControlLength = (nuint)sizeof(LibC.DescriptorMessage),
            };
            LinuxException.ThrowIfFailed(LibC.sendmsg(socket, &message, LibC.MsgNoSignal), "sendmsg SCM_RIGHTS");
        }
        finally
        {
            if (added)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Receives one descriptor, recvmsg(2) SCM_RIGHTS with MSG_CMSG_CLOEXEC. One call at a time.</summary>
    /// <param name="cancellationToken">Ends the wait; nothing is lost by it.</param>
    /// <returns>The descriptor; the caller owns it.</returns>
    /// <exception cref="EndOfStreamException">Every descriptor of the other end was closed.</exception>
    /// <exception cref="LinuxException">A message came without a descriptor or with several (EPROTO).</exception>
    /// <exception cref="ObjectDisposedException">Disposed before or while waiting.</exception>
    public async Task<FileDescriptor> ReceiveDescriptorAsync(CancellationToken cancellationToken = default)
    {
        FileDescriptor? received;
        while (!TryReceive(out received))
        {
            await _readiness.WaitAsync(EpollEvents.Readable, cancellationToken).ConfigureAwait(false);
        }

        return received ?? throw new EndOfStreamException("The other end of the socket was closed before it sent a descriptor.");
    }

    /// <summary>Closes both ends; a pending receive ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Local.Dispose();
        _readiness.Close();
        _readiness.Wake();
        Remote.Dispose();
    }

    /// <summary>False when nothing has come; true with null at the end.</summary>
    private unsafe bool TryReceive(out FileDescriptor? received)
    {
        received = null;
        LibC.DescriptorMessage control = default;
        byte data;
        var vector = new LibC.IoVec { Base = &data, Length = 1 };
        var message = new LibC.MsgHdr
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = &control,
            ControlLength = LibC.DescriptorMessage.Length,
        };
        nint count = LibC.recvmsg(Local, &message, LibC.MsgCmsgCloExec);
        if (count < 0)
        {
            LinuxException error = LinuxException.FromLastError("recvmsg");
            return error.Errno is Errno.EAGAIN or Errno.EINTR ? false : throw error;
        }

        bool hasDescriptor = message.ControlLength >= LibC.DescriptorMessage.Length
            && control is { Level: LibC.SolSocket, Type: LibC.ScmRights, MessageLength: LibC.DescriptorMessage.Length };
        received = hasDescriptor ? new FileDescriptor(control.Descriptor, ownsDescriptor: true) : null;
        if (count == 0 && !hasDescriptor)
        {
            return true;
        }

        if (!hasDescriptor || (message.Flags & LibC.MsgCTrunc) != 0)
        {
            received?.Dispose();
            throw new LinuxException("recvmsg SCM_RIGHTS", Errno.EPROTO);
        }

        return true;
    }
}
