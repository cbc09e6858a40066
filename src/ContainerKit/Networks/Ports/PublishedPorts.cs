using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Forwarding;
using ContainerKit.Networks.Host;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Ports;

/// <summary>The ports of this machine that a container has: held from its start on, so that nobody else gets them, and served until its end.</summary>
internal sealed class PublishedPorts : IAsyncDisposable
{
    /// <summary>For a free port that has to be free in both address families: the second one may be taken.</summary>
    private const int Attempts = 20;

    private readonly List<(HostPort Port, int ContainerPort)> _held = [];
    private readonly List<IAsyncDisposable> _forwarders = [];

    private PublishedPorts()
    {
    }

    internal ImmutableArray<PublishedPort> Ports { get; private set; } = [];

    /// <summary>Takes the ports.</summary>
    /// <param name="mappings">What is wanted.</param>
    /// <param name="defaultAddress">Where a mapping says nothing: an address of this machine; null for all.</param>
    /// <param name="holder">For whom, for messages.</param>
    /// <exception cref="ConflictException">Somebody has one; the message says who.</exception>
    internal static PublishedPorts Take(IReadOnlyList<PortMapping> mappings, IPAddress? defaultAddress, string holder)
    {
        PublishedPorts ports = new();
        try
        {
            foreach (PortMapping mapping in mappings)
                ports.Take(mapping, mapping.HostAddress ?? defaultAddress, holder);
            ports.Ports = [.. ports._held.Select(each => new PublishedPort(each.ContainerPort, (PortProtocol)each.Port.Protocol, each.Port.EndPoint.Address, each.Port.EndPoint.Port))];
            return ports;
        }
        catch
        {
            ports.Release();
            throw;
        }
    }

    /// <summary>Takes the ports that a container of an earlier engine had.</summary>
    internal static PublishedPorts TakeOver(IReadOnlyList<PublishedPort> ports, string holder)
        => Take([.. ports.Select(port => new PortMapping(port.ContainerPort) { HostAddress = port.HostAddress, HostPort = port.HostPort, Protocol = port.Protocol })], null, holder);

    /// <summary>Begins to serve them in this process: all that the kernel does not pass on.</summary>
    internal async ValueTask ForwardAsync(Endpoint endpoint, INetworkHost host, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        foreach ((HostPort port, int containerPort) in _held)
        {
            IPAddress? target = port.EndPoint.AddressFamily == AddressFamily.InterNetworkV6
                ? endpoint.IPv6Address ?? endpoint.IPv4Address
                : endpoint.IPv4Address ?? endpoint.IPv6Address;
            if (target is null)
                continue;
            IPEndPoint to = new(target, containerPort);
            Start(port.Protocol, port.TakeSocket());

            // As Docker: containers reach what is published on all addresses by their gateway, too.
            if (!port.EndPoint.Address.Equals(IPAddress.Any) && !port.EndPoint.Address.Equals(IPAddress.IPv6Any))
                continue;
            Socket? gateway = await host.OpenGatewaySocketAsync(port.Protocol, port.EndPoint.AddressFamily, cancellationToken).ConfigureAwait(false);
            if (gateway is not null)
                Start(port.Protocol, Bind(gateway, port));

            void Start(TransportProtocol protocol, Socket socket) => _forwarders.Add(protocol == TransportProtocol.Udp
                ? DatagramForwarder.Start(socket, to, host.Dialer, time, logger)
                : StreamForwarder.Start(protocol, socket, to, host.Dialer, time, logger));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable forwarder in _forwarders)
            await forwarder.DisposeAsync().ConfigureAwait(false);
        Release();
    }

    private static Socket Bind(Socket socket, HostPort port)
    {
        try
        {
            socket.Bind(port.EndPoint);
            if (port.Protocol != TransportProtocol.Udp)
                socket.Listen(StreamForwarder.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Take(PortMapping mapping, IPAddress? address, string holder)
    {
        ConflictException? refusal = null;
        int first = mapping.HostPort ?? 0;
        int attempts = first == 0 ? Attempts : (mapping.LastHostPort ?? first) - first + 1;
        for (int i = 0; i < attempts; i++)
        {
            try
            {
                TakeOne(mapping, first == 0 ? 0 : first + i, address, holder);
                return;
            }
            catch (ConflictException e)
            {
                refusal ??= e;
            }
        }

        throw refusal ?? throw BridgeOptions.Invalid("host port", mapping.HostPort, "1 to 65535, the last of a range not below the first");
    }

    private void TakeOne(PortMapping mapping, int hostPort, IPAddress? address, string holder)
    {
        TransportProtocol protocol = (TransportProtocol)mapping.Protocol;
        if (address is not null)
        {
            _held.Add((HostPort.Take(protocol, new IPEndPoint(address, hostPort), holder), mapping.ContainerPort));
            return;
        }

        HostPort four = HostPort.Take(protocol, new IPEndPoint(IPAddress.Any, hostPort), holder);
        try
        {
            if (Socket.OSSupportsIPv6)
                _held.Add((HostPort.Take(protocol, new IPEndPoint(IPAddress.IPv6Any, four.EndPoint.Port), holder), mapping.ContainerPort));
            _held.Add((four, mapping.ContainerPort));
        }
        catch
        {
            four.Dispose();
            throw;
        }
    }

    private void Release()
    {
        foreach ((HostPort port, _) in _held)
            port.Dispose();
        _held.Clear();
    }
}
