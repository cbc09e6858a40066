using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Netlink;

namespace ContainerKit.Networks.Dns;

/// <summary>
/// Lets a container's programs ask its name server at port 53, although it is at other ports: as in Docker, whoever wants to serve names himself may
/// have port 53 of all addresses.
/// </summary>
/// <remarks>
/// Questions get the other port when they leave, answers port 53 before they come in. No connection is tracked for it, which every packet of the
/// container would pay for.
/// </remarks>
internal static class NameServerRules
{
    private const string Table = "containerkit";
    private const string Questions = "questions";
    private const string Answers = "answers";
    private const int Port = 53;

    /// <summary>Before connections are tracked, where the container's own rules ask for that.</summary>
    private const int FirstPriority = -300;
    private const int LastPriority = 300;

    /// <summary>Sets the rules in a container's network, in place of those for an earlier server. They go with the network.</summary>
    /// <param name="filters">A socket of that network.</param>
    /// <param name="server">Where the server is.</param>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    internal static void Set(FilterSocket filters, NameServerSockets server)
    {
        FilterBatch batch = new FilterBatch(FilterFamily.IPv4, Table)
            .AddTable(owned: false, mayExist: true)
            .DeleteTable()
            .AddTable(owned: false)
            .AddChain(new FilterChain(Questions) { Hook = FilterHook.Output, Priority = FirstPriority })
            .AddChain(new FilterChain(Answers) { Hook = FilterHook.Input, Priority = LastPriority });
        foreach ((Socket socket, byte protocol, int checksum) in new (Socket, byte, int)[] { (server.Datagrams, 17, 6), (server.Listener, 6, 16) })
        {
            int actual = ((IPEndPoint)socket.LocalEndPoint!).Port;
            batch.AddRule(Questions, ChangePort(addressOffset: 16, portOffset: 2, protocol, checksum, Port, actual))
                .AddRule(Answers, ChangePort(addressOffset: 12, portOffset: 0, protocol, checksum, actual, Port));
        }

        filters.Execute(batch);
    }

    private static FilterRule ChangePort(int addressOffset, int portOffset, byte protocol, int checksum, int from, int to)
        => new FilterRule()
            .Load(FilterHeader.Network, addressOffset, 4, 0).WhenEqual(0, NameServerSockets.ContainerAddress.GetAddressBytes())
            .Load(FilterField.TransportProtocol, 0).WhenEqual(0, [protocol])
            .Load(FilterHeader.Transport, portOffset, 2, 0).WhenEqual(0, Bytes(from))
            .LoadValue(0, Bytes(to)).Overwrite(0, portOffset, 2, checksum);

    private static byte[] Bytes(int port)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)port);
        return bytes;
    }
}
