using System.Buffers.Binary;
using System.Text;

namespace ContainerKit.Linux.Netlink;

/// <summary>Writes netlink messages one after another into a buffer that grows: headers, attributes, nested attributes. See netlink(7).</summary>
internal sealed class NetlinkWriter
{
    internal const int HeaderLength = 16;

    /// <summary>The kernel's limit of an attribute: its length has 16 bits.</summary>
    private const int LongestAttribute = ushort.MaxValue;
    private const ushort Nested = 0x8000;

    private byte[] _buffer = new byte[1024];
    private int _length;
    private int _message = -1;

    /// <summary>Everything that was written; whole messages.</summary>
    internal ReadOnlySpan<byte> Written => _message < 0
        ? _buffer.AsSpan(0, _length)
        : throw new InvalidOperationException("A message is not complete.");

    internal int Length => _length;

    /// <summary>Begins a message, nlmsghdr; its length is written by <see cref="EndMessage"/>, its port is the kernel's to fill in.</summary>
    internal void BeginMessage(ushort type, ushort flags, uint sequence)
    {
        if (_message >= 0)
        {
            throw new InvalidOperationException("The message before is not complete.");
        }

        _message = _length;
        Span<byte> header = Extend(HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
    }

    internal void EndMessage()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_message), _length - _message);
        _message = -1;
    }

    /// <summary>Adds zeroed bytes, such as the fixed structure that follows a header. Valid until the next call.</summary>
    internal Span<byte> Extend(int count)
    {
        int aligned = (count + 3) & ~3;
        if (_length + aligned > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + aligned));
        }

        Span<byte> added = _buffer.AsSpan(_length, aligned);
        added.Clear();
        _length += aligned;
        return added[..count];
    }

    /// <summary>Begins an attribute that consists of attributes; the result is for <see cref="EndNested"/>.</summary>
    internal int BeginNested(ushort type) => BeginAttribute((ushort)(type | Nested));

    /// <summary>As <see cref="BeginNested"/>, without the flag that tells it: what follows is a structure first, as in VETH_INFO_PEER.</summary>
    internal int BeginAttribute(ushort type)
    {
        int start = _length;
        BinaryPrimitives.WriteUInt16LittleEndian(Extend(4)[2..], type);
        return start;
    }

    internal void EndNested(int start)
    {
        int length = _length - start;
        if (length > LongestAttribute)
        {
            throw new InvalidOperationException("An attribute is too long for netlink.");
        }

        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), (ushort)length);
    }

    internal void Bytes(ushort type, ReadOnlySpan<byte> value)
    {
        if (value.Length > LongestAttribute - 4)
        {
            throw new ArgumentException("A value is too long for netlink.", nameof(value));
        }

        Span<byte> attribute = Extend(4 + value.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute[2..], type);
        value.CopyTo(attribute[4..]);
    }

    internal void Byte(ushort type, byte value) => Bytes(type, [value]);

    internal void UInt16(ushort type, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Bytes(type, bytes);
    }

    internal void UInt32(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Bytes(type, bytes);
    }

    /// <summary>The numbers of nfnetlink are in network order.</summary>
    internal void UInt32BigEndian(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Bytes(type, bytes);
    }

    /// <summary>A string with the zero at its end.</summary>
    internal void Text(ushort type, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        if (length > 4096 || value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A string is too long for netlink, or holds a zero.", nameof(value));
        }

        Span<byte> bytes = stackalloc byte[length + 1];
        Encoding.UTF8.GetBytes(value, bytes);
        bytes[length] = 0;
        Bytes(type, bytes);
    }

    /// <summary>Overwrites four bytes at a position: a descriptor's number, which is known when the message is sent.</summary>
    internal void Patch(int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(position, 4), value);
}
