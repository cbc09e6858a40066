using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Reaches containers from this process's own network: the host has an address on their bridge.</summary>
internal sealed class HostDialer : IDialer
{
    public async ValueTask<Socket> ConnectAsync(TransportProtocol protocol, IPEndPoint target, CancellationToken cancellationToken)
    {
        Socket socket = ForwardingSocket.Open(protocol, target.AddressFamily);
        try
        {
            await ForwardingSocket.ConnectAsync(socket, protocol, target, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            // It may be connected already, and then whoever has accepted it is to see that it was cut off.
            StreamPair.Reset(socket);
            throw;
        }
    }
}
