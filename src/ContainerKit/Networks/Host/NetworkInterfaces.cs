using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using ContainerKit.Linux;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Netlink;
using ContainerKit.Networks.Control;

namespace ContainerKit.Networks.Host;

/// <summary>Interfaces of networks and of containers, made and configured.</summary>
internal sealed class NetworkInterfaces(RouteSocket routes)
{
    private const string ParentOption = "parent";

    private static readonly IPNetwork s_everywhere4 = new(IPAddress.Any, 0);
    private static readonly IPNetwork s_everywhere6 = new(IPAddress.IPv6Any, 0);

    /// <summary>The subnets that this machine uses, besides those of an interface.</summary>
    internal IReadOnlyList<(IPNetwork Subnet, string Interface)> FindUsedSubnets(string except)
    {
        Dictionary<int, string> names = routes.ListLinks().ToDictionary(link => link.Index, link => link.Name);
        IEnumerable<(IPNetwork, int)> used = routes.ListRoutes().Where(route => route.Destination.PrefixLength > 0).Select(route => (route.Destination, route.Index))
            .Concat(routes.ListAddresses().Select(address => (address.Network, address.Index)));
        return [.. used.Select(each => (each.Item1, names.GetValueOrDefault(each.Item2, ""))).Where(each => each.Item2 != except).Distinct()];
    }

    /// <summary>True when the network's bridge is there.</summary>
    internal bool Exists(NetworkDocument network) => routes.FindLink(network.InterfaceName) is { Kind: "bridge" };

    /// <summary>The number of a network's bridge, which is made if it is not there.</summary>
    internal int EnsureBridge(NetworkDocument network)
    {
        string name = network.InterfaceName;
        if (routes.FindLink(name) is { } existing)
        {
            return existing.Kind == "bridge" ? existing.Index
                : throw new ConflictException($"The network {network.Name} can't be used: the interface {name} is there already, and is no bridge. Remove it, or choose another name by {BridgeOptions.Name}.");
        }

        BridgeOptions options = BridgeOptions.Read(network.Options);

        // A MAC address that is set stays; otherwise the bridge would take that of its lowest port, another one whenever containers come and go.
        Span<byte> mac = stackalloc byte[6];
        RandomNumberGenerator.Fill(mac);
        mac[0] = 0x02;
        routes.Execute(new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = name, Mtu = options.Mtu, Address = new PhysicalAddress(mac.ToArray()) }));
        LinkInfo bridge = routes.FindLink(name) ?? throw new IOException($"The interface {name} was removed by somebody else.");
        try
        {
            RouteBatch batch = new RouteBatch().ChangeLink(new LinkRequest { Index = bridge.Index, Alias = $"ContainerKit network {network.Name}", WithoutLinkLocal = !network.HasIPv6 });
            foreach (NetworkPool pool in network.Pools)
            {
                if (pool.Gateway is { } gateway)
                    batch.AddAddress(bridge.Index, gateway, pool.Subnet!.Value.PrefixLength);
            }

            routes.Execute(batch.ChangeLink(new LinkRequest { Index = bridge.Index, IsUp = true }));
        }
        catch
        {
            routes.Execute(new RouteBatch().DeleteLink(bridge.Index));
            throw;
        }

        return bridge.Index;
    }

    /// <summary>The interface that a macvlan or ipvlan stands on.</summary>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    internal int FindParent(NetworkDocument network)
    {
        string? name = network.Options.GetValueOrDefault(ParentOption);
        return name is not null && routes.FindLink(name) is { } link ? link.Index
            : throw new ArgumentException($"{ParentOption} '{name}' is not allowed: expected the name of a network interface of this machine.");
    }

    /// <summary>Removes a network's bridge, and with it the ports that are left.</summary>
    internal void RemoveBridge(NetworkDocument network)
    {
        if (routes.FindLink(network.InterfaceName) is not { Kind: "bridge" } bridge)
            return;
        RouteBatch batch = new();

        // Ends of pairs whose containers are being torn down: they would stay a moment longer than the bridge.
        foreach (LinkInfo port in routes.ListLinks().Where(link => link.Master == bridge.Index))
            batch.DeleteLink(port.Index);
        TryExecute(batch);
        TryExecute(new RouteBatch().DeleteLink(bridge.Index));
    }

    /// <summary>Makes a container's interface in its namespace.</summary>
    internal void Add(ActiveNetwork network, Endpoint endpoint, NamespaceFd container)
    {
        LinkRequest inside = new() { Name = endpoint.InterfaceName, Address = endpoint.Hardware, Mtu = network.Options.Mtu, Namespace = container };
        switch (network.Document.Driver)
        {
            case NetworkSpec.MacvlanDriver:
                AddToParent(network.Document, inside with { Kind = LinkKind.Macvlan, Parent = network.Parent, Mode = MacvlanMode(network.Document) });
                break;
            case NetworkSpec.IpvlanDriver:
                AddToParent(network.Document, inside with { Kind = LinkKind.Ipvlan, Parent = network.Parent, Mode = IpvlanMode(network.Document) });
                break;
            default:
                RouteBatch batch = new RouteBatch().AddLink(new LinkRequest
                {
                    Kind = LinkKind.Veth,
                    Name = endpoint.PortName,
                    Master = network.Index,
                    Mtu = network.Options.Mtu,
                    IsUp = true,
                    Peer = inside,
                });
                if (!network.Options.ContainersMayTalk)
                    batch.ChangeLink(new LinkRequest { Name = endpoint.PortName, Isolated = true });
                routes.Execute(batch);
                break;
        }
    }

    private void AddToParent(NetworkDocument network, LinkRequest link)
    {
        try
        {
            routes.Execute(new RouteBatch().AddLink(link));
        }
        catch (NetlinkException e) when (e.Errno == Errno.EOPNOTSUPP)
        {
            throw new UnsupportedException($"The network {network.Name} can't be used: this kernel has no {network.Driver}. Load it as root (modprobe {network.Driver}), or use a network of another driver.", e);
        }
        catch (NetlinkException e) when (e.Errno == Errno.EBUSY)
        {
            throw new ConflictException($"The network {network.Name} can't be used: its parent interface is in use in a way that leaves no room for {network.Driver}. Use a network of that driver on it, or another interface.", e);
        }
    }

    /// <summary>Gives a container's interface its addresses and routes, by a socket of the container's namespace.</summary>
    internal static void Configure(RouteSocket inside, Endpoint endpoint)
    {
        LinkInfo link = inside.FindLink(endpoint.InterfaceName) ?? throw new IOException($"The interface {endpoint.InterfaceName} was removed by the container.");
        RouteBatch batch = new();
        if (endpoint.IPv6Address is null)
            batch.ChangeLink(new LinkRequest { Index = link.Index, WithoutLinkLocal = true });
        batch.ChangeLink(new LinkRequest { Index = link.Index, IsUp = true });
        if (endpoint.IPv4Address is { } four)
            batch.AddAddress(link.Index, four, endpoint.IPv4PrefixLength);
        if (endpoint.IPv6Address is { } six)
            batch.AddAddress(link.Index, six, endpoint.IPv6PrefixLength);
        AddRoutes(batch, endpoint, link.Index);
        inside.Execute(batch);
    }

    /// <summary>The way out is another network's from now on.</summary>
    internal static void Route(RouteSocket inside, Endpoint endpoint)
    {
        if (inside.FindLink(endpoint.InterfaceName) is not { } link)
            return;
        RouteBatch batch = new();
        AddRoutes(batch, endpoint with { IsGateway = true }, link.Index);
        inside.Execute(batch);
    }

    /// <summary>Takes an interface out of a container; false when it is gone already.</summary>
    internal static bool Remove(RouteSocket inside, Endpoint endpoint)
    {
        if (inside.FindLink(endpoint.InterfaceName) is not { } link)
            return false;
        inside.Execute(new RouteBatch().DeleteLink(link.Index));
        return true;
    }

    private static void AddRoutes(RouteBatch batch, Endpoint endpoint, int index)
    {
        if (!endpoint.IsGateway)
            return;
        if (endpoint.IPv4Gateway is { } four && endpoint.IPv4Address is not null)
            batch.AddRoute(s_everywhere4, four, index);
        if (endpoint.IPv6Gateway is { } six && endpoint.IPv6Address is not null)
            batch.AddRoute(s_everywhere6, six, index);
    }

    private static int MacvlanMode(NetworkDocument network) => network.Options.GetValueOrDefault("macvlan_mode", "bridge") switch
    {
        "private" => 1,
        "vepa" => 2,
        "bridge" => 4,
        "passthru" => 8,
        var other => throw BridgeOptions.Invalid("macvlan_mode", other, "bridge, private, vepa or passthru"),
    };

    private static int IpvlanMode(NetworkDocument network) => network.Options.GetValueOrDefault("ipvlan_mode", "l2") switch
    {
        "l2" => 0,
        "l3" => 1,
        "l3s" => 2,
        var other => throw BridgeOptions.Invalid("ipvlan_mode", other, "l2, l3 or l3s"),
    };

    /// <summary>Somebody else, mostly the end of a container, may have been faster.</summary>
    private void TryExecute(RouteBatch batch)
    {
        try
        {
            routes.Execute(batch);
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENODEV)
        {
            // Gone: that is what was wanted.
        }
    }
}
