using System.Net;

namespace ContainerKit;

/// <content>Networks and ports.</content>
public sealed partial class Container
{
    /// <summary>Connects the container to a further network: at once when it runs, otherwise from its next start on.</summary>
    /// <param name="network">The network's name or id.</param>
    /// <param name="alias">A further name by which the others of the network find it; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ConflictException">It is connected already, or an address is taken.</exception>
    /// <exception cref="NotFoundException">There is no such network.</exception>
    /// <exception cref="InvalidStateException">Its network mode has no networks.</exception>
    /// <exception cref="UnsupportedException">There are no networks here.</exception>
    public Task ConnectAsync(string network, string? alias = null, CancellationToken cancellationToken = default)
        => ConnectAsync(new NetworkAttachment(network) { Aliases = alias is null ? [] : [alias] }, cancellationToken);

    /// <summary>Connects the container to a further network, with every option.</summary>
    /// <param name="attachment">Where, and how.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <inheritdoc cref="ConnectAsync(string, string?, CancellationToken)"/>
    public Task ConnectAsync(NetworkAttachment attachment, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        return _instance.ConnectAsync(attachment, cancellationToken);
    }

    /// <summary>Takes the container out of a network.</summary>
    /// <param name="network">The network's name or id.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">There is no such network, or the container is not in it.</exception>
    public Task DisconnectAsync(string network, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(network);
        return _instance.DisconnectAsync(network, cancellationToken);
    }

    /// <summary>The address and port by which this machine reaches a port of the container.</summary>
    /// <param name="containerPort">The container's port, which <see cref="ContainerSpec.Ports"/> names.</param>
    /// <param name="protocol">The protocol.</param>
    /// <returns>An address that connections of this process can be made to: loopback where the port is one of all addresses.</returns>
    /// <exception cref="InvalidStateException">The container does not run.</exception>
    /// <exception cref="NotFoundException">The port is not published.</exception>
    public IPEndPoint GetHostEndpoint(int containerPort, PortProtocol protocol = PortProtocol.Tcp)
    {
        ContainerInfo info = _instance.GetInfo();
        if (info.Status is not (ContainerStatus.Running or ContainerStatus.Paused))
            throw new InvalidStateException($"Container {this} has no ports: it is {info.Status.ToString().ToLowerInvariant()}. Start it first.");
        PublishedPort port = info.Ports.Where(port => port.ContainerPort == containerPort && port.Protocol == protocol)
            .OrderBy(port => port.HostAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6).FirstOrDefault()
            ?? throw new NotFoundException($"Port {containerPort}/{protocol.ToString().ToLowerInvariant()} of container {this} is not published. Ask for it by {nameof(ContainerSpec.WithPort)}.");
        IPAddress address = port.HostAddress.Equals(IPAddress.Any) ? IPAddress.Loopback : port.HostAddress.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : port.HostAddress;
        return new IPEndPoint(address, port.HostPort);
    }
}
