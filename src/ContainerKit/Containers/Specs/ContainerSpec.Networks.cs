using System.Collections.Immutable;

namespace ContainerKit;

/// <content>Networks, ports and names.</content>
public sealed partial record ContainerSpec
{
    /// <summary>The networks that the container is in, with <see cref="NetworkMode.Default"/>; empty: the default bridge network.</summary>
    public ImmutableArray<NetworkAttachment> Networks { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Ports that are reachable by ports of this machine.</summary>
    public ImmutableArray<PortMapping> Ports { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: every port that the image or <see cref="ExposedPorts"/> names is reachable by a free port of this machine. Default false.</summary>
    public bool PublishAllPorts { get; init; }

    /// <summary>Ports that the command listens at, besides the image's: <c>80</c>, <c>53/udp</c>, <c>8000-8010/tcp</c>.</summary>
    public ImmutableArray<string> ExposedPorts { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Names in /etc/hosts, as in <c>db:10.0.0.5</c>; the address <c>host-gateway</c> is this machine's.</summary>
    public ImmutableArray<string> ExtraHosts { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Servers that are asked for names, IP addresses; empty: this machine's.</summary>
    public ImmutableArray<string> DnsServers { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Domains in which short names are looked for; empty: this machine's; <c>.</c> alone: none.</summary>
    public ImmutableArray<string> DnsSearch { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Options of resolv.conf(5), as in <c>ndots:2</c>; empty: this machine's.</summary>
    public ImmutableArray<string> DnsOptions { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Puts the container into a network, besides those that it is in.</summary>
    /// <param name="network">Its name or id; looked up when the container is created.</param>
    /// <param name="alias">A further name by which the others find the container; null for none.</param>
    public ContainerSpec WithNetwork(string network, string? alias = null)
        => WithNetwork(new NetworkAttachment(network) { Aliases = alias is null ? [] : [alias] });

    /// <summary>Puts the container into a network, besides those that it is in.</summary>
    /// <param name="network">A network of the same engine.</param>
    /// <param name="alias">A further name by which the others find the container; null for none.</param>
    public ContainerSpec WithNetwork(Network network, string? alias = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return WithNetwork(network.Id, alias);
    }

    /// <summary>Puts the container into a network, with every option.</summary>
    public ContainerSpec WithNetwork(NetworkAttachment attachment) => this with { Network = NetworkMode.Default, Networks = Networks.Add(attachment) };

    /// <summary>Makes a port of the container reachable by a port of this machine.</summary>
    /// <param name="containerPort">The container's port.</param>
    /// <param name="hostPort">This machine's port; null: a free one, which <see cref="Container.GetHostEndpoint"/> tells.</param>
    /// <param name="hostAddress">An address of this machine; null: all.</param>
    /// <param name="protocol">The protocol.</param>
    public ContainerSpec WithPort(int containerPort, int? hostPort = null, string? hostAddress = null, PortProtocol protocol = PortProtocol.Tcp)
        => WithPort(new PortMapping(containerPort) { HostPort = hostPort, HostAddress = hostAddress is null ? null : System.Net.IPAddress.Parse(hostAddress), Protocol = protocol });

    /// <summary>Makes ports of the container reachable, with every option; <see cref="PortMapping.Parse"/> reads Docker's form.</summary>
    public ContainerSpec WithPort(params IEnumerable<PortMapping> mappings) => this with { Ports = [.. Ports, .. mappings] };

    /// <summary>Makes every port that the image or <see cref="ExposedPorts"/> names reachable by a free port of this machine.</summary>
    public ContainerSpec WithPublishAllPorts(bool publish = true) => this with { PublishAllPorts = publish };

    /// <summary>Says that the command listens at a port: <c>80</c>, <c>53/udp</c>, <c>8000-8010/tcp</c>.</summary>
    public ContainerSpec WithExposedPort(string port) => this with { ExposedPorts = ExposedPorts.Add(port) };

    /// <summary>Adds a name to /etc/hosts.</summary>
    /// <param name="name">The name.</param>
    /// <param name="address">Its IP address, or <c>host-gateway</c> for this machine's.</param>
    public ContainerSpec WithExtraHost(string name, string address) => this with { ExtraHosts = ExtraHosts.Add($"{name}:{address}") };

    /// <summary>Adds a server that is asked for names.</summary>
    public ContainerSpec WithDnsServer(string address) => this with { DnsServers = DnsServers.Add(address) };

    /// <summary>Adds domains in which short names are looked for.</summary>
    public ContainerSpec WithDnsSearch(params IEnumerable<string> domains) => this with { DnsSearch = [.. DnsSearch, .. domains] };

    /// <summary>Adds options of resolv.conf(5).</summary>
    public ContainerSpec WithDnsOptions(params IEnumerable<string> options) => this with { DnsOptions = [.. DnsOptions, .. options] };
}
