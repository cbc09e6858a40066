using System.Net.Sockets;

namespace ContainerKit.Networks.Dns;

/// <summary>Where the sockets for questions to other servers come from.</summary>
internal interface IUpstreamSockets
{
    /// <summary>Makes a socket, not connected; owned by the caller.</summary>
    ValueTask<Socket> OpenAsync(AddressFamily family, SocketType type, ProtocolType protocol, CancellationToken cancellationToken);
}

/// <summary>Those of this process's own network.</summary>
internal sealed class HostUpstreamSockets : IUpstreamSockets
{
    public ValueTask<Socket> OpenAsync(AddressFamily family, SocketType type, ProtocolType protocol, CancellationToken cancellationToken)
        => ValueTask.FromResult(new Socket(family, type, protocol));
}
