using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Addresses;

/// <summary>IP addresses as numbers: what comes after an address, and which is the last of a subnet.</summary>
internal static class AddressNumber
{
    internal static UInt128 ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        return written == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    internal static IPAddress ToAddress(UInt128 number, AddressFamily family)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)number);
            return new IPAddress(bytes[..4]);
        }

        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new IPAddress(bytes);
    }

    internal static int Bits(AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;

    internal static (UInt128 First, UInt128 Last) Bounds(IPNetwork network)
    {
        int host = Bits(network.BaseAddress.AddressFamily) - network.PrefixLength;
        UInt128 first = ToNumber(network.BaseAddress);
        return (first, first | (host == 128 ? UInt128.MaxValue : (UInt128.One << host) - 1));
    }

    internal static bool Overlap(IPNetwork one, IPNetwork other)
        => one.BaseAddress.AddressFamily == other.BaseAddress.AddressFamily && (one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress));
}
