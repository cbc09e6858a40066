using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ContainerKit.Networks.Dns;

/// <summary>One question to one server.</summary>
/// <remarks>
/// Who wants to forge an answer has to know a random number, a random port (each question has a socket of its own, and a connected one takes
/// from that server only) and the question: RFC 5452. What does not match is passed over, and the wait goes on.
/// </remarks>
/// <param name="sockets">Where the socket comes from.</param>
/// <param name="server">Who is asked.</param>
/// <param name="query">The message.</param>
/// <param name="questionEnd">Where the question ends in it.</param>
internal sealed class UpstreamExchange(IUpstreamSockets sockets, IPEndPoint server, ReadOnlyMemory<byte> query, int questionEnd)
{
    private const ushort ResponseFlag = 0x8000;

    /// <summary>True when the answer is that the server can't or won't: another one may.</summary>
    internal bool IsRefusal { get; private set; }

    internal async Task<int> AskByDatagramAsync(Memory<byte> answer, CancellationToken cancellationToken)
    {
        using Socket socket = await sockets.OpenAsync(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp, cancellationToken).ConfigureAwait(false);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        byte[] message = CopyWithNewId(0);
        await socket.SendAsync(message, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            int length = await socket.ReceiveAsync(answer, cancellationToken).ConfigureAwait(false);
            if (Accept(answer.Span[..length], message))
            {
                return length;
            }
        }
    }

    internal async Task<int> AskByStreamAsync(Memory<byte> answer, CancellationToken cancellationToken)
    {
        using Socket socket = await sockets.OpenAsync(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp, cancellationToken).ConfigureAwait(false);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        byte[] message = CopyWithNewId(2);
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)query.Length);
        using NetworkStream stream = new(socket);
        await stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        byte[] prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, cancellationToken).ConfigureAwait(false);
        int length = BinaryPrimitives.ReadUInt16BigEndian(prefix);
        if (length > answer.Length)
        {
            throw new InvalidDataException("An answer is longer than the buffer.");
        }

        await stream.ReadExactlyAsync(answer[..length], cancellationToken).ConfigureAwait(false);
        return Accept(answer.Span[..length], message.AsSpan(2)) ? length : throw new InvalidDataException("An answer is not for the question that was asked.");
    }

    private byte[] CopyWithNewId(int offset)
    {
        byte[] message = new byte[offset + query.Length];
        query.CopyTo(message.AsMemory(offset));
        RandomNumberGenerator.Fill(message.AsSpan(offset, 2));
        return message;
    }

    private bool Accept(Span<byte> answer, ReadOnlySpan<byte> asked)
    {
        if (answer.Length < DnsRequest.HeaderLength || !answer[..2].SequenceEqual(asked[..2]))
        {
            return false;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(answer[2..]);
        DnsResponseCode code = (DnsResponseCode)(flags & 0xF);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(answer[4..]);

        // Servers that do not understand a message may leave the question out.
        bool hasNone = questions == 0 && code is (DnsResponseCode.FormatError or DnsResponseCode.NotImplemented);
        if ((flags & ResponseFlag) == 0 || (!hasNone && (questions != 1 || !HasSameQuestion(answer, asked))))
        {
            return false;
        }

        query.Span[..2].CopyTo(answer);
        IsRefusal = code is DnsResponseCode.ServerFailure or DnsResponseCode.NotImplemented or DnsResponseCode.Refused;
        return true;
    }

    private bool HasSameQuestion(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> asked)
    {
        Span<byte> theirs = stackalloc byte[DnsReader.MaximumNameLength];
        Span<byte> ours = stackalloc byte[DnsReader.MaximumNameLength];
        DnsReader first = new(answer, DnsRequest.HeaderLength);
        DnsReader second = new(asked, DnsRequest.HeaderLength);
        return first.TryReadName(theirs, out int length) && second.TryReadName(ours, out int expected)
            && theirs[..length].SequenceEqual(ours[..expected])
            && answer.Length >= first.Position + 4 && questionEnd == second.Position + 4
            && answer.Slice(first.Position, 4).SequenceEqual(asked.Slice(second.Position, 4));
    }
}
