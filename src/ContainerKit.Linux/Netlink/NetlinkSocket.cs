using System.Buffers;
using System.Buffers.Binary;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Netlink;

/// <summary>A netlink socket to which batches of requests are sent. The kernel has done them, and answered, when the send returns.</summary>
/// <remarks>One exchange at a time. It acts on the network namespace in which the socket was made, whoever uses it.</remarks>
internal sealed class NetlinkSocket : IDisposable
{
    internal const int Route = 0;
    internal const int NetFilter = 12;

    internal const ushort Request = 1;
    internal const ushort Acknowledge = 4;
    internal const ushort Dump = 0x300;
    internal const ushort Replace = 0x100;
    internal const ushort Exclusive = 0x200;
    internal const ushort Create = 0x400;
    internal const ushort Append = 0x800;

    private const int AckTlvs = 0x200;
    private const int Capped = 0x100;
    private const ushort AckMessage = 1;
    private const int ReceiveLength = 64 << 10;

    /// <summary>Room for the answers of some thousand requests; above the system's limit where the caller may.</summary>
    private const int BufferLength = 4 << 20;

    private readonly FileDescriptor _descriptor;
    private readonly Lock _exchange = new();
    private uint _sequence;

    private NetlinkSocket(FileDescriptor descriptor) => _descriptor = descriptor;

    internal FileDescriptor Descriptor => _descriptor;

    /// <summary>Opens a socket in the network namespace of the calling thread.</summary>
    internal static NetlinkSocket Open(int protocol)
        => Adopt(new FileDescriptor(LinuxException.ThrowIfFailed(LibC.netlink_socket(LibC.AfNetlink, LibC.SockRawCloExec, protocol), "socket AF_NETLINK"), ownsDescriptor: true));

    /// <summary>Takes over a socket, unbound as yet, that was made elsewhere; it is closed if that fails.</summary>
    internal static unsafe NetlinkSocket Adopt(FileDescriptor descriptor)
    {
        try
        {
            var address = new LibC.NetlinkAddress { Family = LibC.AfNetlink };
            LinuxException.ThrowIfFailed(LibC.netlink_bind(descriptor, &address, (uint)sizeof(LibC.NetlinkAddress)), "bind AF_NETLINK");

            // The kernel explains its refusals and does not repeat requests in its answers.
            SetOption(descriptor, LibC.SolNetlink, LibC.NetlinkExtAck, 1);
            SetOption(descriptor, LibC.SolNetlink, LibC.NetlinkCapAck, 1);
            int length = BufferLength;
            _ = LibC.netlink_setsockopt(descriptor, LibC.SolSocket, LibC.SoReceiveBufferForce, &length, sizeof(int));
            _ = LibC.netlink_setsockopt(descriptor, LibC.SolSocket, LibC.SoSendBufferForce, &length, sizeof(int));
            return new NetlinkSocket(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>What gets every answer that is not an acknowledgement.</summary>
    internal delegate void Receiver(in NetlinkMessage message);

    /// <summary>Sends messages and reads the answers to all of them.</summary>
    /// <param name="messages">Whole messages; what is to be acknowledged says so.</param>
    /// <param name="describe">What the message of a sequence number asked for, for errors.</param>
    /// <param name="receiver">Gets what is answered; null: nothing is expected.</param>
    /// <exception cref="NetlinkException">The first request that was refused.</exception>
    internal void Exchange(ReadOnlySpan<byte> messages, Func<uint, string> describe, Receiver? receiver = null)
    {
        if (messages.IsEmpty)
        {
            return;
        }

        lock (_exchange)
        {
            // What an exchange that failed half-way has left unread must not be taken for an answer to this one.
            Drain();
            Send(messages);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(ReceiveLength);
            try
            {
                NetlinkException? refused = null;
                while (Receive(buffer) is int length && length > 0)
                {
                    ReadOnlySpan<byte> datagram = buffer.AsSpan(0, length);
                    while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
                    {
                        if (message.Type == NetlinkMessage.Error)
                        {
                            refused ??= ReadError(message, describe);
                        }
                        else if (message.Type == NetlinkMessage.Done)
                        {
                            refused ??= ReadDone(message, describe);
                        }
                        else if (receiver is not null)
                        {
                            receiver(message);
                        }
                    }
                }

                if (refused is not null)
                {
                    throw refused;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>The first of as many sequence numbers as an exchange needs.</summary>
    internal uint ReserveSequence(int count) => Interlocked.Add(ref _sequence, (uint)count) - (uint)count + 1;

    public void Dispose() => _descriptor.Dispose();

    private static unsafe void SetOption(FileDescriptor descriptor, int level, int option, int value)
        => LinuxException.ThrowIfFailed(LibC.netlink_setsockopt(descriptor, level, option, &value, sizeof(int)), "setsockopt SOL_NETLINK");

    private static NetlinkException? ReadError(in NetlinkMessage message, Func<uint, string> describe)
    {
        if (message.Payload.Length < 4)
        {
            throw NetlinkMessage.Malformed();
        }

        int error = BinaryPrimitives.ReadInt32LittleEndian(message.Payload);
        if (error == 0)
        {
            return null;
        }

        // struct nlmsgerr: the error and the header of the request; the whole request only where the answer is not capped.
        string? explanation = null;
        if ((message.Flags & AckTlvs) != 0)
        {
            int request = message.Payload.Length >= 8 ? BinaryPrimitives.ReadInt32LittleEndian(message.Payload[4..]) : 0;
            int skip = (message.Flags & Capped) != 0 ? NetlinkWriter.HeaderLength : Math.Max(NetlinkWriter.HeaderLength, (request + 3) & ~3);
            explanation = ReadExplanation(message.AttributesAfter(4 + skip));
        }

        return new NetlinkException(describe(message.Sequence), (Errno)(-error), explanation);
    }

    /// <summary>A dump ends with an error, too, where it could not go on.</summary>
    private static NetlinkException? ReadDone(in NetlinkMessage message, Func<uint, string> describe)
    {
        int error = message.Payload.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(message.Payload) : 0;
        return error >= 0 ? null : new NetlinkException(describe(message.Sequence), (Errno)(-error), null);
    }

    private static string? ReadExplanation(NetlinkAttributes attributes)
    {
        while (attributes.MoveNext())
        {
            if (attributes.Type == AckMessage)
            {
                return attributes.Text;
            }
        }

        return null;
    }

    private unsafe void Send(ReadOnlySpan<byte> messages)
    {
        var kernel = new LibC.NetlinkAddress { Family = LibC.AfNetlink };
        fixed (byte* start = messages)
        {
            while (LibC.netlink_sendto(_descriptor, start, (nuint)messages.Length, LibC.MsgNoSignal, &kernel, (uint)sizeof(LibC.NetlinkAddress)) < 0)
            {
                LinuxException error = LinuxException.FromLastError("sendto AF_NETLINK");
                if (error.Errno != Errno.EINTR)
                {
                    throw error;
                }
            }
        }
    }

    private void Drain()
    {
        Span<byte> nothing = stackalloc byte[16];
        bool more = true;
        while (more)
        {
            try
            {
                more = ReceiveOnce(nothing) >= 0;
            }
            catch (LinuxException e) when (e.Errno == Errno.ENOBUFS)
            {
                // Said once, and then over.
                more = true;
            }
        }
    }

    /// <summary>The next datagram; 0 when there is none. The kernel answers while it handles the request, so there is nothing to wait for.</summary>
    private int Receive(Span<byte> buffer)
    {
        int length = ReceiveOnce(buffer);
        return length <= buffer.Length ? Math.Max(length, 0) : throw new LinuxException("recv AF_NETLINK", Errno.EMSGSIZE);
    }

    private unsafe int ReceiveOnce(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint length = LibC.netlink_recv(_descriptor, start, (nuint)buffer.Length, LibC.MsgDontWait | LibC.MsgTrunc);
                if (length >= 0)
                {
                    return (int)length;
                }

                LinuxException error = LinuxException.FromLastError("recv AF_NETLINK");
                switch (error.Errno)
                {
                    case Errno.EAGAIN:
                        return -1;
                    case Errno.EINTR:
                        continue;
                    default:
                        throw error;
                }
            }
        }
    }
}
