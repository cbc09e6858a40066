using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Makes sockets as forwarding needs them.</summary>
internal static class ForwardingSocket
{
    /// <summary>IANA's number; .NET has no name for it, and makes sockets only of protocols that it knows.</summary>
    private const ProtocolType Sctp = (ProtocolType)132;

    /// <summary>A socket of this process's network.</summary>
    internal static Socket Open(TransportProtocol protocol, AddressFamily family)
    {
        Socket socket = protocol switch
        {
            TransportProtocol.Tcp => new Socket(family, SocketType.Stream, ProtocolType.Tcp),
            TransportProtocol.Udp => new Socket(family, SocketType.Dgram, ProtocolType.Udp),
            _ => OpenSctp(family),
        };
        return Prepare(socket, protocol);
    }

    /// <summary>A socket of another network.</summary>
    internal static async ValueTask<Socket> OpenAsync(
        NamespaceSockets sockets, NamespaceFd network, TransportProtocol protocol, AddressFamily family, CancellationToken cancellationToken)
    {
        (SocketType type, ProtocolType number) = protocol switch
        {
            TransportProtocol.Tcp => (SocketType.Stream, ProtocolType.Tcp),
            TransportProtocol.Udp => (SocketType.Dgram, ProtocolType.Udp),
            _ => (SocketType.Stream, Sctp),
        };
        return Prepare(await sockets.OpenAsync(network, family, type, number, cancellationToken).ConfigureAwait(false), protocol);
    }

    /// <summary>Connects it; one of UDP is .NET's afterwards, one that carries a stream the relay's.</summary>
    internal static ValueTask ConnectAsync(Socket socket, TransportProtocol protocol, IPEndPoint target, CancellationToken cancellationToken)
        => protocol == TransportProtocol.Udp ? socket.ConnectAsync(target, cancellationToken) : SocketConnector.ConnectAsync(socket, target, cancellationToken);

    private static Socket OpenSctp(AddressFamily family)
    {
        try
        {
            return NamespaceSockets.OpenOwn(family, SocketType.Stream, Sctp);
        }
        catch (Linux.LinuxException e) when (e.Errno is Linux.Errno.EPROTONOSUPPORT or Linux.Errno.ESOCKTNOSUPPORT)
        {
            throw new UnsupportedException("SCTP ports can't be forwarded: this kernel has no SCTP. Load it as root (modprobe sctp), or publish the port by tcp or udp.", e);
        }
    }

    private static Socket Prepare(Socket socket, TransportProtocol protocol)
    {
        // What comes from one side is passed on at once; whether to wait for more is up to the programs at the ends.
        if (protocol == TransportProtocol.Tcp)
        {
            socket.NoDelay = true;
        }

        // [::] is not to take the port of 0.0.0.0: each is published for itself.
        if (socket.AddressFamily == AddressFamily.InterNetworkV6 && protocol != TransportProtocol.Sctp)
        {
            socket.DualMode = false;
        }

        return socket;
    }
}
