using System.Buffers.Binary;

namespace ContainerKit.Linux.Netlink;

/// <summary>A received message: the type, the sequence number and what follows the header.</summary>
internal readonly ref struct NetlinkMessage
{
    internal const ushort Error = 2;
    internal const ushort Done = 3;

    private NetlinkMessage(ushort type, ushort flags, uint sequence, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Flags = flags;
        Sequence = sequence;
        Payload = payload;
    }

    internal ushort Type { get; }

    internal ushort Flags { get; }

    internal uint Sequence { get; }

    internal ReadOnlySpan<byte> Payload { get; }

    /// <summary>Takes the next message off a datagram. False at its end.</summary>
    /// <exception cref="LinuxException">The datagram is cut off or makes no sense (EPROTO).</exception>
    internal static bool TryRead(ref ReadOnlySpan<byte> datagram, out NetlinkMessage message)
    {
        message = default;
        if (datagram.IsEmpty)
        {
            return false;
        }

        if (datagram.Length < NetlinkWriter.HeaderLength)
        {
            throw Malformed();
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(datagram);
        if (length < NetlinkWriter.HeaderLength || length > (uint)datagram.Length)
        {
            throw Malformed();
        }

        message = new NetlinkMessage(
            BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]),
            BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]),
            datagram[NetlinkWriter.HeaderLength..(int)length]);
        int next = ((int)length + 3) & ~3;
        datagram = next >= datagram.Length ? default : datagram[next..];
        return true;
    }

    /// <summary>The attributes after a fixed structure.</summary>
    /// <exception cref="LinuxException">The message is shorter than the structure (EPROTO).</exception>
    internal NetlinkAttributes AttributesAfter(int structure)
        => structure <= Payload.Length ? new NetlinkAttributes(Payload[structure..]) : throw Malformed();

    internal static LinuxException Malformed() => new("recv netlink", Errno.EPROTO);
}
