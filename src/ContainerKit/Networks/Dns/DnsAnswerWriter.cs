using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ContainerKit.Networks.Dns;

/// <summary>Writes an answer to a question: header, the question as it was asked, and records about it.</summary>
internal ref struct DnsAnswerWriter
{
    /// <summary>As Docker's: seconds for which an answer may be kept. Programs that keep them expect a container to stay.</summary>
    internal const int TimeToLive = 600;

    /// <summary>What is offered for questions by UDP, see https://www.dnsflagday.net/2020/.</summary>
    private const ushort OwnDatagramSize = 1232;
    private const ushort PointerToQuestion = 0xC000 | DnsRequest.HeaderLength;
    private const int ExtensionLength = 11;
    private const int Truncated = 0x0200;

    private readonly Span<byte> _buffer;
    private readonly DnsRequest _request;
    private readonly int _limit;
    private int _answers;

    /// <summary>Begins an answer.</summary>
    /// <param name="buffer">Gets it; at least 512 bytes.</param>
    /// <param name="message">The question's message.</param>
    /// <param name="request">What is in it.</param>
    /// <param name="limit">How long it may get.</param>
    internal DnsAnswerWriter(Span<byte> buffer, ReadOnlySpan<byte> message, in DnsRequest request, int limit)
    {
        _buffer = buffer;
        _request = request;
        _limit = Math.Min(buffer.Length, limit) - (request.HasExtension ? ExtensionLength : 0);
        message[..request.QuestionEnd].CopyTo(buffer);
        Length = request.QuestionEnd;
    }

    /// <summary>Bytes so far.</summary>
    internal int Length { get; private set; }

    /// <summary>True when a record did not fit.</summary>
    internal bool IsTruncated { get; private set; }

    internal void AddAddress(IPAddress address)
    {
        bool isFour = address.AddressFamily == AddressFamily.InterNetwork;
        if (Begin(isFour ? DnsRecordType.A : DnsRecordType.Aaaa, isFour ? 4 : 16))
        {
            _ = address.TryWriteBytes(_buffer[Length..], out int written);
            Length += written;
        }
    }

    /// <summary>Adds a name that an address has. A name that is none in DNS is left out.</summary>
    internal void AddName(string name)
    {
        Span<byte> wire = stackalloc byte[DnsReader.MaximumNameLength];
        if (TryEncode(name, wire, out int length) && Begin(DnsRecordType.Ptr, length))
        {
            wire[..length].CopyTo(_buffer[Length..]);
            Length += length;
        }
    }

    /// <summary>What is said to those who ask for everything, RFC 8482 section 4.2.</summary>
    internal void AddRefusalOfAny()
    {
        ReadOnlySpan<byte> text = "\x07RFC8482\0"u8;
        if (Begin(DnsRecordType.HInfo, text.Length))
        {
            text.CopyTo(_buffer[Length..]);
            Length += text.Length;
        }
    }

    /// <summary>Ends the answer.</summary>
    /// <param name="code">The outcome.</param>
    /// <returns>Its length.</returns>
    internal int Finish(DnsResponseCode code)
    {
        // QR and RA, with the sender's opcode, RD and CD; AD and AA would be promises.
        int flags = 0x8080 | (_request.Flags & 0x7910) | ((int)code & 0xF) | (IsTruncated ? Truncated : 0);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[2..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[4..], (ushort)(_request.QuestionEnd > DnsRequest.HeaderLength ? 1 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[6..], (ushort)_answers);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[8..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[10..], (ushort)(_request.HasExtension ? 1 : 0));
        if (_request.HasExtension)
        {
            Span<byte> extension = _buffer.Slice(Length, ExtensionLength);
            extension.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(extension[1..], (ushort)DnsRecordType.Opt);
            BinaryPrimitives.WriteUInt16BigEndian(extension[3..], OwnDatagramSize);
            extension[5] = (byte)((int)code >> 4);
            Length += ExtensionLength;
        }

        return Length;
    }

    private static bool TryEncode(string name, Span<byte> wire, out int length)
    {
        length = 0;
        if (name.Length is 0 or > DnsReader.MaximumNameLength - 2 || !Ascii.IsValid(name))
        {
            return false;
        }

        foreach (Range label in name.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> text = name.AsSpan()[label];
            if (text.Length is 0 or > 63)
            {
                return false;
            }

            wire[length++] = (byte)text.Length;
            length += Encoding.ASCII.GetBytes(text, wire[length..]);
        }

        wire[length++] = 0;
        return true;
    }

    private bool Begin(DnsRecordType type, int length)
    {
        const int Head = 12;
        if (IsTruncated || Length + Head + length > _limit)
        {
            IsTruncated = true;
            return false;
        }

        Span<byte> record = _buffer[Length..];
        BinaryPrimitives.WriteUInt16BigEndian(record, PointerToQuestion);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], 1);
        BinaryPrimitives.WriteInt32BigEndian(record[6..], TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)length);
        Length += Head;
        _answers++;
        return true;
    }
}
