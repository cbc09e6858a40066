using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Netlink;
using ContainerKit.Linux.Sockets;
using ContainerKit.Networks.Forwarding;

namespace ContainerKit.Networks.Host;

/// <summary>The network namespace in which an engine's bridges are: this machine's for root, a sandbox of its own for an ordinary user.</summary>
internal interface INetworkHost : IAsyncDisposable
{
    /// <summary>True: the kernel passes published ports on; false: all of it is done in this process.</summary>
    bool ForwardsPorts { get; }

    /// <summary>True: interfaces are there until they are removed; false: they end with this object, and nothing of others is among them.</summary>
    bool OutlivesEngine { get; }

    /// <summary>Why containers reach nothing outside, with what to do about it; null when nothing is known that keeps them from it.</summary>
    string? Limitation { get; }

    /// <summary>False: it is known, also before a container was connected, that nothing leads outside.</summary>
    bool LeadsOutside => Limitation is null;

    /// <summary>Makes sockets in the namespaces of containers.</summary>
    NamespaceSockets Sockets { get; }

    /// <summary>Reaches containers.</summary>
    IDialer Dialer { get; }

    /// <summary>A socket for interfaces, addresses and routes of the namespace; the caller owns it.</summary>
    ValueTask<RouteSocket> OpenRoutesAsync(CancellationToken cancellationToken);

    /// <summary>A socket for the firewall of the namespace; the caller owns it.</summary>
    ValueTask<FilterSocket> OpenFiltersAsync(CancellationToken cancellationToken);

    /// <summary>A socket for interfaces, addresses and routes of a container's namespace; the caller owns it.</summary>
    ValueTask<RouteSocket> OpenRoutesAsync(NamespaceFd container, CancellationToken cancellationToken);

    /// <summary>A socket for the firewall of a container's namespace; the caller owns it.</summary>
    ValueTask<FilterSocket> OpenFiltersAsync(NamespaceFd container, CancellationToken cancellationToken);

    /// <summary>
    /// A socket, not bound, for a published port where containers ask for it by their gateway; the caller owns it. Null where the gateway is this
    /// process's own machine, so that the sockets for others serve containers as well.
    /// </summary>
    ValueTask<Socket?> OpenGatewaySocketAsync(TransportProtocol protocol, AddressFamily family, CancellationToken cancellationToken) => ValueTask.FromResult<Socket?>(null);

    /// <summary>Waits until no other engine chooses subnets or makes bridges in the namespace, and keeps others from it until the result is disposed. Null where the namespace is the engine's alone.</summary>
    ValueTask<IDisposable?> HoldAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IDisposable?>(null);

    /// <summary>Lets packets pass between interfaces of the namespace.</summary>
    /// <param name="isIPv6">True: those of IPv6.</param>
    void EnableForwarding(bool isIPv6);
}
