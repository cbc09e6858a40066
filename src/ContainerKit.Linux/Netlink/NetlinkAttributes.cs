using System.Buffers.Binary;
using System.Text;

namespace ContainerKit.Linux.Netlink;

/// <summary>Goes through attributes, one after another; a length that makes no sense is an error, never a read beyond the end.</summary>
internal ref struct NetlinkAttributes
{
    /// <summary>NLA_F_NESTED and NLA_F_NET_BYTEORDER are no part of the type.</summary>
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest;

    internal NetlinkAttributes(ReadOnlySpan<byte> attributes) => _rest = attributes;

    internal ushort Type { get; private set; }

    internal ReadOnlySpan<byte> Value { get; private set; }

    internal uint UInt32 => Value.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(Value) : throw NetlinkMessage.Malformed();

    internal uint UInt32BigEndian => Value.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(Value) : throw NetlinkMessage.Malformed();

    /// <summary>A string up to its zero.</summary>
    internal string Text
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    internal NetlinkAttributes Nested => new(Value);

    /// <summary>Goes to the next attribute; false at the end.</summary>
    /// <exception cref="LinuxException">The attributes are cut off (EPROTO).</exception>
    internal bool MoveNext()
    {
        // Less than a header is padding.
        if (_rest.Length < 4)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length < 4 || length > _rest.Length)
        {
            throw NetlinkMessage.Malformed();
        }

        Type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & TypeMask);
        Value = _rest[4..length];
        int next = (length + 3) & ~3;
        _rest = next >= _rest.Length ? default : _rest[next..];
        return true;
    }
}
