using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Text;

namespace ContainerKit.Linux.Netlink;

/// <summary>Writes keys and values of sets as the kernel compares them: fields one after another, each filled up to a multiple of four bytes.</summary>
public sealed class FilterKey
{
    /// <summary>Bytes of an interface's name: IFNAMSIZ.</summary>
    public const int NameLength = 16;

    private readonly ImmutableArray<byte>.Builder _bytes = ImmutableArray.CreateBuilder<byte>();

    /// <summary>An IP address, 4 or 16 bytes.</summary>
    /// <param name="address">The address.</param>
    /// <returns>This key.</returns>
    public FilterKey Add(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return AddBytes(address.GetAddressBytes());
    }

    /// <summary>A MAC address: 6 bytes, filled up to 8.</summary>
    /// <param name="address">The address.</param>
    /// <returns>This key.</returns>
    public FilterKey Add(PhysicalAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return AddBytes(address.GetAddressBytes());
    }

    /// <summary>The name of an interface: 16 bytes.</summary>
    /// <param name="name">At most 15 bytes.</param>
    /// <returns>This key.</returns>
    public FilterKey AddName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] bytes = new byte[NameLength];
        if (Encoding.UTF8.GetByteCount(name) >= NameLength)
        {
            throw new ArgumentException($"'{name}' is too long for an interface.", nameof(name));
        }

        Encoding.UTF8.GetBytes(name, bytes);
        return AddBytes(bytes);
    }

    /// <summary>A number as the processor has it: the index of an interface.</summary>
    /// <param name="value">The number.</param>
    /// <returns>This key.</returns>
    public FilterKey AddNumber(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return AddBytes(bytes);
    }

    /// <summary>A port as packets have it: 2 bytes, filled up to 4.</summary>
    /// <param name="port">0 to 65535.</param>
    /// <returns>This key.</returns>
    public FilterKey AddPort(int port)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)port));
        return AddBytes(bytes);
    }

    /// <summary>A protocol's number: 1 byte, filled up to 4.</summary>
    /// <param name="protocol">TCP 6, UDP 17, SCTP 132.</param>
    /// <returns>This key.</returns>
    public FilterKey AddProtocol(byte protocol) => AddBytes([protocol]);

    /// <summary>The finished key.</summary>
    /// <returns>The bytes.</returns>
    public ImmutableArray<byte> ToBytes() => _bytes.ToImmutable();

    private FilterKey AddBytes(ReadOnlySpan<byte> field)
    {
        _bytes.AddRange(field);
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }
}
