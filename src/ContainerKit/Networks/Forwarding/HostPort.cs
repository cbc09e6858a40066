using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>A port of the host that is held: nobody else gets it as long as the socket is open.</summary>
internal sealed class HostPort : IDisposable
{
    /// <summary>Who holds what in this process, for the message to who wants it, too.</summary>
    private static readonly ConcurrentDictionary<(TransportProtocol Protocol, IPEndPoint EndPoint), string> s_holders = new();

    private readonly Socket _socket;
    private int _isTaken;

    private HostPort(TransportProtocol protocol, Socket socket, string holder)
    {
        (Protocol, _socket) = (protocol, socket);
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        s_holders[(protocol, EndPoint)] = holder;
    }

    internal TransportProtocol Protocol { get; }

    /// <summary>With the port that the kernel chose where none was asked for.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>Takes a port.</summary>
    /// <param name="protocol">TCP and SCTP sockets listen at once: clients wait until they are accepted.</param>
    /// <param name="endPoint">An address of the host, or any; port 0 for one that the kernel chooses.</param>
    /// <param name="holder">For whom, as others are told: <c>container web (0123456789ab)</c>.</param>
    /// <exception cref="ConflictException">Somebody has it; the message says who.</exception>
    /// <exception cref="UnsupportedException">A low port without the right to it, an address that the host does not have, or no SCTP.</exception>
    internal static HostPort Take(TransportProtocol protocol, IPEndPoint endPoint, string holder)
    {
        Socket socket = ForwardingSocket.Open(protocol, endPoint.AddressFamily);
        try
        {
            socket.Bind(endPoint);
            if (protocol != TransportProtocol.Udp)
            {
                socket.Listen(StreamForwarder.Backlog);
            }

            return new HostPort(protocol, socket, holder);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Refusal(protocol, endPoint, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The socket, for a forwarder, which owns it from then on; the port is held until both are disposed.</summary>
    internal Socket TakeSocket()
        => Interlocked.Exchange(ref _isTaken, 1) == 0 ? _socket : throw new InvalidOperationException("The socket was taken already.");

    public void Dispose()
    {
        s_holders.TryRemove((Protocol, EndPoint), out _);
        if (Volatile.Read(ref _isTaken) == 0)
        {
            _socket.Dispose();
        }
    }

    private static Exception Refusal(TransportProtocol protocol, IPEndPoint wanted, SocketException error)
    {
        string port = $"{wanted}/{protocol.ToString().ToLowerInvariant()}";
        return error.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => new ConflictException($"Host port {port} can't be published: it is already in use, held by {FindHolder(protocol, wanted)}. Choose another port, or none to get a free one.", error),
            SocketError.AccessDenied => new UnsupportedException(
                $"Host port {port} can't be published: ports below {PortHolders.FirstFreePort} need root here. Choose a higher one, or allow it: sysctl net.ipv4.ip_unprivileged_port_start={wanted.Port}.", error),
            SocketError.AddressNotAvailable => new UnsupportedException($"Host port {port} can't be published: this machine does not have the address {wanted.Address}. Use one of its own, or 0.0.0.0 for all.", error),
            SocketError.AddressFamilyNotSupported => new UnsupportedException($"Host port {port} can't be published: this machine has no {wanted.AddressFamily switch { AddressFamily.InterNetworkV6 => "IPv6", _ => "IPv4" }}.", error),
            _ => new UnsupportedException($"Host port {port} can't be published: {error.Message}.", error),
        };
    }

    private static string FindHolder(TransportProtocol protocol, IPEndPoint wanted)
    {
        foreach (((TransportProtocol Protocol, IPEndPoint EndPoint) held, string holder) in s_holders)
        {
            if (held.Protocol == protocol && held.EndPoint.Port == wanted.Port && PortHolders.Overlap(held.EndPoint.Address, wanted.Address))
            {
                return holder;
            }
        }

        return PortHolders.Find(protocol, wanted) ?? "another program (one of another user, or in another place that can't be seen from here)";
    }
}
