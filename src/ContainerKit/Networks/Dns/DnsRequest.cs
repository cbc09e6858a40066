using System.Buffers.Binary;

namespace ContainerKit.Networks.Dns;

/// <summary>A question that came, RFC 1035 section 4.1.</summary>
internal readonly struct DnsRequest
{
    internal const int HeaderLength = 12;
    private const int ResponseFlag = 0x8000;
    private const int SmallestAnswer = 512;

    /// <summary>The number that the answer has to carry.</summary>
    internal ushort Id { get; private init; }

    /// <summary>The second 16 bits of the message.</summary>
    internal ushort Flags { get; private init; }

    /// <summary>What is asked for.</summary>
    internal DnsRecordType Type { get; private init; }

    /// <summary>1 is the Internet.</summary>
    internal ushort Class { get; private init; }

    /// <summary>Where the question ends: it begins after the header, and its name has no pointers.</summary>
    internal int QuestionEnd { get; private init; }

    /// <summary>True when the sender knows EDNS, RFC 6891.</summary>
    internal bool HasExtension { get; private init; }

    /// <summary>How long an answer by UDP may be.</summary>
    internal int DatagramSize { get; private init; }

    /// <summary>What is wrong with it: anything but <see cref="DnsResponseCode.NoError"/> is the answer.</summary>
    internal DnsResponseCode Fault { get; private init; }

    /// <summary>Reads a message.</summary>
    /// <param name="message">From anybody.</param>
    /// <param name="name">At least <see cref="DnsReader.MaximumNameLength"/> bytes; gets the name, see <see cref="DnsReader.TryReadName"/>.</param>
    /// <param name="nameLength">Its length; 0 when there is none.</param>
    /// <param name="request">What was read, also of a message with a fault.</param>
    /// <returns>False for what is no question and gets no answer.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> message, Span<byte> name, out int nameLength, out DnsRequest request)
    {
        nameLength = 0;
        request = default;
        if (message.Length < HeaderLength)
        {
            return false;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((flags & ResponseFlag) != 0)
        {
            return false; // answering answers makes two servers talk for ever
        }

        request = new DnsRequest
        {
            Id = BinaryPrimitives.ReadUInt16BigEndian(message),
            Flags = flags,
            QuestionEnd = HeaderLength,
            DatagramSize = SmallestAnswer,
            Fault = ((flags >> 11) & 0xF) == 0 ? DnsResponseCode.FormatError : DnsResponseCode.NotImplemented,
        };
        DnsReader reader = new(message, HeaderLength);
        bool isOne = BinaryPrimitives.ReadUInt16BigEndian(message[4..]) == 1;
        if (request.Fault == DnsResponseCode.NotImplemented || !isOne || !reader.TryReadName(name, out nameLength)
            || reader.Position != HeaderLength + nameLength || !reader.TryReadUInt16(out ushort type) || !reader.TryReadUInt16(out ushort @class))
        {
            nameLength = 0;
            return true;
        }

        request = request with { Type = (DnsRecordType)type, Class = @class, QuestionEnd = reader.Position };
        return TryReadExtension(message, reader, ref request);
    }

    private static bool TryReadExtension(ReadOnlySpan<byte> message, DnsReader reader, ref DnsRequest request)
    {
        int before = BinaryPrimitives.ReadUInt16BigEndian(message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int records = before + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        DnsResponseCode fault = DnsResponseCode.NoError;
        for (int i = 0; i < records; i++)
        {
            if (!reader.TrySkipName() || !reader.TryReadUInt16(out ushort type) || !reader.TryReadUInt16(out ushort size)
                || !reader.TryReadUInt16(out ushort upper) || !reader.TrySkip(2) || !reader.TryReadUInt16(out ushort length) || !reader.TrySkip(length))
            {
                return true;
            }

            if (i >= before && type == (ushort)DnsRecordType.Opt)
            {
                if (request.HasExtension)
                {
                    return true; // one only, RFC 6891 section 6.1.1
                }

                fault = (upper & 0xFF) == 0 ? DnsResponseCode.NoError : DnsResponseCode.BadVersion;
                request = request with { HasExtension = true, DatagramSize = Math.Max(SmallestAnswer, (int)size) };
            }
        }

        request = request with { Fault = fault };
        return true;
    }
}
