using System.Net;
using System.Net.NetworkInformation;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Netlink;

/// <summary>Interfaces, addresses and routes of a network namespace; rtnetlink(7).</summary>
/// <remarks>Calls of several threads wait for each other. A request takes the kernel microseconds, and longer while others change interfaces.</remarks>
public sealed class RouteSocket : IDisposable
{
    private const ushort NewLink = 16;
    private const ushort GetLink = 18;
    private const ushort NewAddress = 20;
    private const ushort GetAddress = 22;
    private const ushort NewRoute = 24;
    private const ushort GetRoute = 26;
    private const byte MainTable = 254;
    private const byte Unicast = 1;

    private readonly NetlinkSocket _socket;

    private RouteSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens one for the network namespace of the calling thread, which is this process's.</summary>
    /// <returns>The socket; the caller owns it.</returns>
    /// <exception cref="LinuxException">Too many open files (EMFILE).</exception>
    public static RouteSocket Open() => new(NetlinkSocket.Open(NetlinkSocket.Route));

    /// <summary>Takes over a netlink socket of protocol NETLINK_ROUTE that was made in another network namespace.</summary>
    /// <param name="descriptor">Not bound yet; owned by the result from now on, and closed if this fails.</param>
    /// <returns>The socket; the caller owns it.</returns>
    /// <exception cref="LinuxException">It is no netlink socket, or bound already (EINVAL).</exception>
    public static RouteSocket Adopt(FileDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return new(NetlinkSocket.Adopt(descriptor));
    }

    /// <summary>Sends all requests at once.</summary>
    /// <param name="batch">Used once.</param>
    /// <exception cref="NetlinkException">The first request that was refused; those after it were tried, too.</exception>
    public void Execute(RouteBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        int held = 0;
        try
        {
            foreach ((int position, FileDescriptor descriptor) in batch.Descriptors)
            {
                bool added = false;
                descriptor.DangerousAddRef(ref added);
                held++;
                batch.Writer.Patch(position, (int)descriptor.DangerousGetHandle());
            }

            _socket.Exchange(batch.Writer.Written, sequence => batch.Requests[(int)sequence]);
        }
        finally
        {
            foreach ((_, FileDescriptor descriptor) in batch.Descriptors.Take(held))
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>All interfaces.</summary>
    /// <returns>A snapshot.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<LinkInfo> ListLinks()
    {
        List<LinkInfo> links = [];
        Request(GetLink, NetlinkSocket.Dump, "list interfaces", writer => LinkAttributes.Header(writer, 0, 0, 0), (in message) => ReadLink(message, links));
        return links;
    }

    /// <summary>One interface by its name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The interface; null when there is none.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public LinkInfo? FindLink(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        List<LinkInfo> links = [];
        try
        {
            Request(
                GetLink,
                0,
                $"find interface {name}",
                writer =>
                {
                    LinkAttributes.Header(writer, 0, 0, 0);
                    writer.Text(LinkAttributes.Name, name);
                },
                (in message) => ReadLink(message, links));
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENODEV)
        {
            return null;
        }

        return links.Count == 0 ? null : links[0];
    }

    /// <summary>The addresses of all interfaces.</summary>
    /// <returns>A snapshot.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<IPAddressInfo> ListAddresses()
    {
        List<IPAddressInfo> addresses = [];
        Request(GetAddress, NetlinkSocket.Dump, "list addresses", static writer => writer.Extend(8), (in message) => ReadAddress(message, addresses));
        return addresses;
    }

    /// <summary>The unicast routes of the main table.</summary>
    /// <returns>A snapshot.</returns>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public IReadOnlyList<RouteInfo> ListRoutes()
    {
        List<RouteInfo> routes = [];
        Request(GetRoute, NetlinkSocket.Dump, "list routes", static writer => writer.Extend(12), (in message) => ReadRoute(message, routes));
        return routes;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Request(ushort type, ushort flags, string description, Action<NetlinkWriter> body, NetlinkSocket.Receiver receiver)
    {
        NetlinkWriter writer = new();
        writer.BeginMessage(type, (ushort)(NetlinkSocket.Request | flags), 1);
        body(writer);
        writer.EndMessage();
        _socket.Exchange(writer.Written, _ => description, receiver);
    }

    private static void ReadLink(in NetlinkMessage message, List<LinkInfo> links)
    {
        if (message.Type != NewLink)
        {
            return;
        }

        string name = "";
        string kind = "";
        string alias = "";
        int mtu = 0;
        int master = 0;
        int linked = 0;
        byte[] address = [];
        NetlinkAttributes attributes = message.AttributesAfter(16);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case LinkAttributes.Name:
                    name = attributes.Text;
                    break;
                case LinkAttributes.Alias:
                    alias = attributes.Text;
                    break;
                case LinkAttributes.Mtu:
                    mtu = (int)attributes.UInt32;
                    break;
                case LinkAttributes.Master:
                    master = (int)attributes.UInt32;
                    break;
                case LinkAttributes.Link:
                    linked = (int)attributes.UInt32;
                    break;
                case LinkAttributes.Address:
                    address = attributes.Value.ToArray();
                    break;
                case LinkAttributes.LinkInfo:
                    kind = ReadKind(attributes.Nested);
                    break;
            }
        }

        links.Add(new LinkInfo
        {
            Index = BitConverter.ToInt32(message.Payload[4..]),
            Name = name,
            Kind = kind,
            IsUp = (BitConverter.ToUInt32(message.Payload[8..]) & LinkAttributes.Up) != 0,
            Mtu = mtu,
            Address = new PhysicalAddress(address),
            Master = master,
            Linked = linked,
            Alias = alias,
        });
    }

    private static string ReadKind(NetlinkAttributes info)
    {
        while (info.MoveNext())
        {
            if (info.Type == 1)
            {
                return info.Text;
            }
        }

        return "";
    }

    private static void ReadAddress(in NetlinkMessage message, List<IPAddressInfo> addresses)
    {
        if (message.Type != NewAddress)
        {
            return;
        }

        NetlinkAttributes attributes = message.AttributesAfter(8);
        IPAddress? address = null;
        IPAddress? local = null;
        while (attributes.MoveNext())
        {
            // IFA_ADDRESS is the other end's where there is one; IFA_LOCAL then is ours.
            if (attributes.Type == 1)
            {
                address = ToAddress(attributes.Value);
            }
            else if (attributes.Type == 2)
            {
                local = ToAddress(attributes.Value);
            }
        }

        if ((local ?? address) is { } own)
        {
            addresses.Add(new IPAddressInfo(BitConverter.ToInt32(message.Payload[4..]), ToNetwork(own, message.Payload[1]), own));
        }
    }

    private static void ReadRoute(in NetlinkMessage message, List<RouteInfo> routes)
    {
        if (message.Type != NewRoute || message.Payload.Length < 12 || message.Payload[4] != MainTable || message.Payload[7] != Unicast)
        {
            return;
        }

        IPAddress destination = message.Payload[0] == 10 ? IPAddress.IPv6Any : IPAddress.Any;
        IPAddress? gateway = null;
        int index = 0;
        NetlinkAttributes attributes = message.AttributesAfter(12);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case 1:
                    destination = ToAddress(attributes.Value) ?? destination;
                    break;
                case 4:
                    index = (int)attributes.UInt32;
                    break;
                case 5:
                    gateway = ToAddress(attributes.Value);
                    break;
            }
        }

        routes.Add(new RouteInfo(ToNetwork(destination, message.Payload[1]), gateway, index));
    }

    private static IPAddress? ToAddress(ReadOnlySpan<byte> bytes) => bytes.Length is 4 or 16 ? new IPAddress(bytes) : null;

    private static IPNetwork ToNetwork(IPAddress address, int prefixLength)
    {
        byte[] bytes = address.GetAddressBytes();
        prefixLength = Math.Min(prefixLength, bytes.Length * 8);
        for (int i = 0; i < bytes.Length; i++)
        {
            int bits = Math.Clamp(prefixLength - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff00 >> bits);
        }

        return new IPNetwork(new IPAddress(bytes), prefixLength);
    }
}
