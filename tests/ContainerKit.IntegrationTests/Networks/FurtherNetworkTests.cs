using System.Net;
using System.Net.Sockets;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Netlink;
using ContainerKit.Linux.Sockets;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Links, the other drivers, and ports of the other protocols and address family.</summary>
public sealed class FurtherNetworkTests(BusyboxFixture busybox) : NetworkTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Link_gives_another_container_a_name_that_only_one_knows()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        string name = Name();
        await using Container server = await StartAsync(Server("hello").WithName(name).WithNetwork(network));
        await using Container linked = await StartAsync(Script("sleep 1000").WithNetwork(new NetworkAttachment(network.Name) { Links = [$"{name}:database", server.ShortId] }));
        await using Container stranger = await StartAsync(Script("sleep 1000").WithNetwork(network));
        string address = (await EndpointAsync(server)).IPv4Address!.ToString();

        Assert.Equal("hello", await FetchAsync(linked, "database"));
        Assert.Equal([address], await ResolveAsync(linked, "DATABASE"));
        Assert.Equal([address], await ResolveAsync(linked, server.ShortId));
        Assert.Empty(await ResolveAsync(stranger, "database"));
    }

    [Fact]
    public async Task Link_in_the_default_network_is_in_the_hosts_file()
    {
        RequireNetworks();
        string name = Name();
        await using Container server = await StartAsync(Server("hello").WithName(name));
        await using Container linked = await StartAsync(Script("sleep 1000").WithNetwork(new NetworkAttachment("bridge") { Links = [$"{name}:database"] }));
        string address = (await EndpointAsync(server)).IPv4Address!.ToString();

        Assert.Contains($"{address}\tdatabase {server.ShortId} {name}\n", await ShellAsync(linked, "cat /etc/hosts"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => StartAsync(Script("true").WithNetwork(new NetworkAttachment("bridge") { Links = ["nobody-has-this"] })));
    }

    [Fact]
    public async Task Ranges_of_ports_are_published_one_by_one_or_as_a_choice()
    {
        RequireNetworks();
        await using Container holder = await StartAsync(Server("one").WithPort(80));
        int taken = holder.GetHostEndpoint(80).Port;

        // Whoever takes one of the range meanwhile leaves the others.
        await using Container chooser = await StartAsync(Server("two").WithPort(new PortMapping(80) { HostPort = taken, LastHostPort = Math.Min(taken + 50, 65535) }));
        Assert.InRange(chooser.GetHostEndpoint(80).Port, taken + 1, taken + 50);
        Assert.Equal("two", await FetchAsync(chooser.GetHostEndpoint(80)));

        ContainerSpec several = Script("for p in 81 82 83; do mkdir -p /$p; echo $p > /$p/index.html; busybox httpd -p $p -h /$p; done; exec sleep 1000").WithInit();
        await using Container server = await StartAsync(PortMapping.Parse("81-83").Aggregate(several, (spec, mapping) => spec.WithPort(mapping)));
        foreach (int port in new[] { 81, 82, 83 })
        {
            Assert.Equal(port.ToString(System.Globalization.CultureInfo.InvariantCulture), await FetchAsync(server.GetHostEndpoint(port)));
        }
    }

    [Fact]
    public async Task Published_port_leads_to_an_address_of_IPv6_from_everywhere()
    {
        RequireNetworks();
        Assert.SkipUnless(Socket.OSSupportsIPv6, "missing capability: IPv6");
        await using Network network = await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithIPv6(), Token);
        await using Container server = await StartAsync(Server("six", 8080).WithNetwork(network, "web").WithPort(8080));
        await using Container neighbour = await StartAsync(Script("sleep 1000").WithNetwork(network));
        NetworkEndpointInfo endpoint = await EndpointAsync(server);
        int port = server.GetHostEndpoint(8080).Port;

        Assert.Equal("six", await FetchAsync(new IPEndPoint(IPAddress.IPv6Loopback, port)));
        Assert.Equal("six", await FetchAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal("six", await FetchAsync(neighbour, endpoint.IPv6Address!.ToString(), 8080));
        Assert.Equal("six", await FetchAsync(neighbour, endpoint.IPv6Gateway!.ToString(), port));
        Assert.Contains(endpoint.IPv6Address.ToString(), await ResolveAsync(neighbour, "web"));
        if (!Engine.IsRootless)
        {
            Assert.Equal("six", await FetchAsync(new IPEndPoint(endpoint.IPv6Gateway, port)));
            Assert.Equal("six", await FetchAsync(new IPEndPoint(endpoint.IPv6Address, 8080)));
        }
    }

    [Fact]
    public async Task Port_of_an_address_is_published_there_only()
    {
        RequireNetworks();
        await using Container server = await StartAsync(Server("local").WithPort(new PortMapping(80) { HostAddress = IPAddress.Parse("127.0.0.5") }));
        IPEndPoint published = server.GetHostEndpoint(80);

        Assert.Equal(IPAddress.Parse("127.0.0.5"), published.Address);
        Assert.Equal("local", await FetchAsync(published));
        using TcpClient client = new();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.6"), published.Port), Token).AsTask());
    }

    [Fact]
    public async Task Without_SCTP_in_the_kernel_a_port_of_it_is_refused_with_the_remedy()
    {
        RequireNetworks();
        Assert.SkipWhen(Directory.Exists("/proc/net/sctp"), "missing capability: a kernel without SCTP");

        UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => StartAsync(Script("sleep 1000").WithPort(80, protocol: PortProtocol.Sctp)));

        Assert.Contains("SCTP", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Containers_of_a_macvlan_are_neighbours_on_an_interface_of_the_machine()
    {
        RequireNetworks();
        RequireRoot("whose containers stand on interfaces of this machine");
        string parent = "ckm" + Guid.NewGuid().ToString("n")[..8];
        using RouteSocket routes = RouteSocket.Open();

        // A bridge of nobody else's stands for the machine's cable.
        routes.Execute(new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = parent, IsUp = true }));
        try
        {
            NetworkSpec spec = new NetworkSpec { Name = Name() }.WithDriver(NetworkSpec.MacvlanDriver).WithOption("parent", parent).WithSubnet("10.182.9.0/24");
            await using Network network = await Engine.Networks.CreateAsync(spec, Token);
            await using Container server = await StartAsync(Server("hello").WithNetwork(network, "web"));
            await using Container client = await StartAsync(Script("sleep 1000").WithNetwork(network));
            NetworkEndpointInfo endpoint = await EndpointAsync(server);

            Assert.Equal("hello", await FetchAsync(client, endpoint.IPv4Address!.ToString()));
            Assert.Equal("hello", await FetchAsync(client, "web"));
            Assert.Contains("default via 10.182.9.1 dev eth0", await ShellAsync(client, "busybox ip route"), StringComparison.Ordinal);
            ConflictException used = await Assert.ThrowsAsync<ConflictException>(() => network.RemoveAsync(Token));
            Assert.Contains(network.Name, used.Message, StringComparison.Ordinal);
        }
        finally
        {
            routes.Execute(new RouteBatch().DeleteLink(routes.FindLink(parent)!.Index));
        }
    }

    [Fact]
    public async Task Ipvlan_works_or_the_kernel_that_lacks_it_is_named()
    {
        RequireNetworks();
        RequireRoot("whose containers stand on interfaces of this machine");
        string parent = "cki" + Guid.NewGuid().ToString("n")[..8];
        using RouteSocket routes = RouteSocket.Open();
        routes.Execute(new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = parent, IsUp = true }));
        try
        {
            NetworkSpec spec = new NetworkSpec { Name = Name() }.WithDriver(NetworkSpec.IpvlanDriver).WithOption("parent", parent).WithSubnet("10.182.10.0/24");
            await using Network network = await Engine.Networks.CreateAsync(spec, Token);
            Exception? refused = await Record.ExceptionAsync(async () =>
            {
                await using Container server = await StartAsync(Server("hello").WithNetwork(network));
                await using Container client = await StartAsync(Script("sleep 1000").WithNetwork(network));
                Assert.Equal("hello", await FetchAsync(client, (await EndpointAsync(server)).IPv4Address!.ToString()));
            });

            if (refused is not null)
            {
                Assert.Contains("ipvlan", Assert.IsType<UnsupportedException>(refused).Message, StringComparison.Ordinal);
                Assert.Empty((await network.InspectAsync(Token)).Addresses);
            }
        }
        finally
        {
            routes.Execute(new RouteBatch().DeleteLink(routes.FindLink(parent)!.Index));
        }
    }

    [Fact]
    public async Task Datagrams_reach_a_published_port_and_their_answers_the_sender()
    {
        RequireNetworks();
        RequireRoot("who can serve inside of a container that has no program for it");
        await using Container server = await StartAsync(Script("sleep 1000").WithPort(5300, protocol: PortProtocol.Udp));
        ContainerInfo info = await server.InspectAsync(Token);
        using NamespaceSockets sockets = NamespaceSockets.Create();
        using NamespaceFd inside = NamespaceFd.Open(info.ProcessId!.Value, "net");
        using Socket echo = await sockets.OpenAsync(inside, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp, Token);
        echo.Bind(new IPEndPoint(IPAddress.Any, 5300));
        IPEndPoint published = server.GetHostEndpoint(5300, PortProtocol.Udp);
        foreach (IPAddress address in new[] { IPAddress.Loopback, info.Networks[0].IPv4Gateway! })
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            await client.ConnectAsync(new IPEndPoint(address, published.Port), Token);
            byte[] buffer = new byte[2000];
            foreach (int size in new[] { 1, 1400, 2000 })
            {
                await client.SendAsync(new byte[size], Token);
                SocketReceiveFromResult received = await echo.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Token);
                Assert.Equal(size, received.ReceivedBytes);
                await echo.SendToAsync(buffer.AsMemory(0, size), SocketFlags.None, received.RemoteEndPoint, Token);
                Assert.Equal(size, await client.ReceiveAsync(buffer, Token));
            }
        }
    }
}
