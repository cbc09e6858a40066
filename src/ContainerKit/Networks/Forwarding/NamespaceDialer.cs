using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Reaches containers from inside of another network namespace: that of the containers' bridges, or the container's own.</summary>
/// <param name="sockets">Makes sockets there.</param>
/// <param name="network">The namespace; stays owned by the caller.</param>
internal sealed class NamespaceDialer(NamespaceSockets sockets, NamespaceFd network) : IDialer
{
    public async ValueTask<Socket> ConnectAsync(TransportProtocol protocol, IPEndPoint target, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = await ForwardingSocket.OpenAsync(sockets, network, protocol, target.AddressFamily, cancellationToken).ConfigureAwait(false);
            await ForwardingSocket.ConnectAsync(socket, protocol, target, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (LinuxException e) when (e.Errno is Errno.EMFILE or Errno.ENFILE)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
        catch
        {
            // It may be connected already, and then whoever has accepted it is to see that it was cut off.
            if (socket is not null)
            {
                StreamPair.Reset(socket);
            }
            throw;
        }
    }
}
