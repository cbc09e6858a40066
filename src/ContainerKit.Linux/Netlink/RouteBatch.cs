using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Netlink;

/// <summary>Requests about interfaces, addresses and routes that are sent together; rtnetlink(7). Each is done even if one before it was refused.</summary>
public sealed class RouteBatch
{
    private const ushort NewLink = 16;
    private const ushort RemoveLink = 17;
    private const ushort NewAddress = 20;
    private const ushort RemoveAddress = 21;
    private const ushort NewRoute = 24;
    private const byte MainTable = 254;
    private const byte BootProtocol = 3;
    private const byte Unicast = 1;
    private const byte LinkScope = 253;
    private const byte NoDuplicateDetection = 2;
    private const ushort PlainRequest = NetlinkSocket.Request | NetlinkSocket.Acknowledge;
    private const ushort CreateNew = PlainRequest | NetlinkSocket.Create | NetlinkSocket.Exclusive;

    private readonly NetlinkWriter _writer = new();
    private readonly List<string> _requests = [];
    private readonly List<(int Position, FileDescriptor Descriptor)> _descriptors = [];

    internal NetlinkWriter Writer => _writer;

    internal IReadOnlyList<string> Requests => _requests;

    internal IReadOnlyList<(int Position, FileDescriptor Descriptor)> Descriptors => _descriptors;

    /// <summary>Makes an interface.</summary>
    /// <param name="link">Has a kind.</param>
    /// <returns>This batch.</returns>
    public RouteBatch AddLink(LinkRequest link)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (link.Kind == LinkKind.Any)
        {
            throw new ArgumentException("A new interface needs a kind.", nameof(link));
        }

        Begin(NewLink, CreateNew, $"add {LinkAttributes.NameOf(link.Kind)} {link.Name}");
        LinkAttributes.Write(_writer, link, _descriptors);
        _writer.EndMessage();
        return this;
    }

    /// <summary>Changes an interface.</summary>
    /// <param name="link">Says which by index or name.</param>
    /// <returns>This batch.</returns>
    public RouteBatch ChangeLink(LinkRequest link)
    {
        ArgumentNullException.ThrowIfNull(link);
        Begin(NewLink, PlainRequest, $"change interface {LinkAttributes.Identify(link)}");
        LinkAttributes.Write(_writer, link, _descriptors);
        _writer.EndMessage();
        return this;
    }

    /// <summary>Removes an interface; of a pair both ends.</summary>
    /// <param name="index">Its number.</param>
    /// <returns>This batch.</returns>
    public RouteBatch DeleteLink(int index)
    {
        Begin(RemoveLink, PlainRequest, $"delete interface {index}");
        LinkAttributes.Header(_writer, index, 0, 0);
        _writer.EndMessage();
        return this;
    }

    /// <summary>Gives an interface an address; the route to the address's network comes with it. IPv6: usable at once, nobody is asked for duplicates.</summary>
    /// <param name="index">The interface's number.</param>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="prefixLength">Bits of the network.</param>
    /// <returns>This batch.</returns>
    public RouteBatch AddAddress(int index, IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address(NewAddress, CreateNew, $"add address {address}/{prefixLength} to interface {index}", index, address, prefixLength);
        return this;
    }

    /// <summary>Takes an address from an interface.</summary>
    /// <param name="index">The interface's number.</param>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="prefixLength">Bits of the network.</param>
    /// <returns>This batch.</returns>
    public RouteBatch DeleteAddress(int index, IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address(RemoveAddress, PlainRequest, $"delete address {address}/{prefixLength} of interface {index}", index, address, prefixLength);
        return this;
    }

    /// <summary>Adds a route, or replaces the one to the same destination.</summary>
    /// <param name="destination">Where to; 0.0.0.0/0 or ::/0 for the default route.</param>
    /// <param name="gateway">By which neighbour; null: direct by the interface.</param>
    /// <param name="index">By which interface; null: by the one that reaches the gateway.</param>
    /// <returns>This batch.</returns>
    public RouteBatch AddRoute(IPNetwork destination, IPAddress? gateway, int? index)
    {
        if (gateway is null && index is null)
        {
            throw new ArgumentException("A route needs a gateway or an interface.", nameof(index));
        }

        Begin(NewRoute, PlainRequest | NetlinkSocket.Create | NetlinkSocket.Replace, $"add route to {destination} by {gateway?.ToString() ?? "interface"} {index}");
        Span<byte> header = _writer.Extend(12);
        header[0] = FamilyOf(destination.BaseAddress);
        header[1] = (byte)destination.PrefixLength;
        header[4] = MainTable;
        header[5] = BootProtocol;
        header[6] = gateway is null ? LinkScope : (byte)0;
        header[7] = Unicast;
        Span<byte> bytes = stackalloc byte[16];
        if (destination.PrefixLength > 0)
        {
            _writer.Bytes(1, BytesOf(destination.BaseAddress, bytes));
        }

        if (gateway is not null)
        {
            _writer.Bytes(5, BytesOf(gateway, bytes));
        }

        if (index is { } number)
        {
            _writer.UInt32(4, (uint)number);
        }

        _writer.EndMessage();
        return this;
    }

    internal static byte FamilyOf(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => 2,
        AddressFamily.InterNetworkV6 => 10,
        _ => throw new ArgumentException($"'{address}' is neither IPv4 nor IPv6.", nameof(address)),
    };

    internal static Span<byte> BytesOf(IPAddress address, Span<byte> buffer)
        => address.TryWriteBytes(buffer, out int written) ? buffer[..written] : throw new ArgumentException("No room for an address.", nameof(buffer));

    private void Address(ushort type, ushort flags, string request, int index, IPAddress address, int prefixLength)
    {
        Span<byte> bytes = BytesOf(address, stackalloc byte[16]);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, bytes.Length * 8);
        Begin(type, flags, request);
        Span<byte> header = _writer.Extend(8);
        header[0] = FamilyOf(address);
        header[1] = (byte)prefixLength;
        header[2] = bytes.Length == 16 ? NoDuplicateDetection : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], index);
        _writer.Bytes(1, bytes);
        _writer.Bytes(2, bytes);
        if (bytes.Length == 4 && prefixLength < 31)
        {
            uint host = uint.MaxValue >> prefixLength;
            BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) | host);
            _writer.Bytes(4, bytes);
        }

        _writer.EndMessage();
    }

    private void Begin(ushort type, ushort flags, string request)
    {
        // Relative until the batch is sent: the socket counts.
        _writer.BeginMessage(type, flags, (uint)_requests.Count);
        _requests.Add(request);
    }
}
