using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.Networks.Dns;

/// <summary>Where a name server is asked: two sockets that are bound to one address.</summary>
/// <param name="Datagrams">UDP.</param>
/// <param name="Listener">TCP, listening.</param>
internal sealed record NameServerSockets(Socket Datagrams, Socket Listener) : IDisposable
{
    /// <summary>Where containers look for it, as in Docker.</summary>
    internal static IPAddress ContainerAddress { get; } = IPAddress.Parse("127.0.0.11");

    private const int Waiting = 128;

    /// <summary>Binds both in a network namespace, whose loopback interface is up, to ports that are free there: port 53 is left to the container's programs.</summary>
    /// <param name="sockets">Makes them.</param>
    /// <param name="network">The namespace.</param>
    /// <param name="address">Where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">No port is free.</exception>
    internal static async Task<NameServerSockets> OpenAsync(NamespaceSockets sockets, NamespaceFd network, IPAddress address, CancellationToken cancellationToken)
    {
        Socket datagrams = await sockets.OpenAsync(network, address.AddressFamily, SocketType.Dgram, ProtocolType.Udp, cancellationToken).ConfigureAwait(false);
        Socket? listener = null;
        try
        {
            listener = await sockets.OpenAsync(network, address.AddressFamily, SocketType.Stream, ProtocolType.Tcp, cancellationToken).ConfigureAwait(false);
            datagrams.Bind(new IPEndPoint(address, 0));
            listener.Bind(new IPEndPoint(address, 0));
            listener.Listen(Waiting);
            return new NameServerSockets(datagrams, listener);
        }
        catch
        {
            listener?.Dispose();
            datagrams.Dispose();
            throw;
        }
    }

    /// <summary>Binds both to one port; they belong to the result.</summary>
    internal static NameServerSockets Bind(Socket datagrams, Socket listener, IPEndPoint address)
    {
        listener.Bind(address);
        datagrams.Bind(new IPEndPoint(address.Address, ((IPEndPoint)listener.LocalEndPoint!).Port));
        listener.Listen(Waiting);
        return new NameServerSockets(datagrams, listener);
    }

    public void Dispose()
    {
        Datagrams.Dispose();
        Listener.Dispose();
    }
}
