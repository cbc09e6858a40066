using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>How a container is reached.</summary>
internal interface IDialer
{
    /// <summary>Connects to a port of a container.</summary>
    /// <param name="protocol">For UDP, connecting only sets the address.</param>
    /// <param name="target">The container's address and port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A connected socket, owned by the caller.</returns>
    /// <exception cref="SocketException">Nobody listens there, or there is no way.</exception>
    ValueTask<Socket> ConnectAsync(TransportProtocol protocol, IPEndPoint target, CancellationToken cancellationToken);
}
