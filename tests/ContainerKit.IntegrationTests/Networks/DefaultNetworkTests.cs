using System.Net;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>What a container has that asks for no network.</summary>
public sealed class DefaultNetworkTests(BusyboxFixture busybox) : NetworkTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Container_has_an_interface_an_address_a_way_out_and_its_name()
    {
        RequireNetworks();
        await using Container container = await StartAsync(Script("sleep 1000"));
        NetworkEndpointInfo endpoint = Assert.Single((await container.InspectAsync(Token)).Networks);
        NetworkInfo network = await Engine.Networks.InspectAsync("bridge", Token);

        Assert.Equal(("bridge", "eth0", network.Id), (endpoint.NetworkName, endpoint.InterfaceName, endpoint.NetworkId));
        Assert.Equal(Assert.Single(network.Pools).Gateway, endpoint.IPv4Gateway);
        Assert.Contains($"inet {endpoint.IPv4Address}/{endpoint.IPv4PrefixLength}", await ShellAsync(container, "busybox ip addr show eth0"), StringComparison.Ordinal);
        Assert.Contains(endpoint.MacAddress, await ShellAsync(container, "busybox ip link show eth0"), StringComparison.Ordinal);
        Assert.Contains($"default via {endpoint.IPv4Gateway} dev eth0", await ShellAsync(container, "busybox ip route"), StringComparison.Ordinal);
        Assert.Contains($"{endpoint.IPv4Address}\t{container.ShortId}\n", await ShellAsync(container, "cat /etc/hosts"), StringComparison.Ordinal);
        await ShellAsync(container, $"busybox ping -c 1 -W 5 {endpoint.IPv4Gateway} > /tmp/ping");
        Assert.Contains(endpoint.IPv4Address!.ToString(), network.Addresses[container.Id]);
    }

    [Fact]
    public async Task Containers_that_are_prepared_have_their_network_too()
    {
        RequireNetworks();
        for (int i = 0; i < 5; i++)
        {
            await using Container container = await StartAsync(Script("busybox ip -o addr show eth0; exec sleep 1000"));
            NetworkEndpointInfo endpoint = Assert.Single((await container.InspectAsync(Token)).Networks);
            Assert.Contains($"inet {endpoint.IPv4Address}/", await ShellAsync(container, "busybox ip -o addr show eth0"), StringComparison.Ordinal);
            await ShellAsync(container, $"busybox ping -c 1 -W 5 {endpoint.IPv4Gateway} > /tmp/ping");
            await WaitForPreparedAsync();
        }
    }

    /// <summary>Until there is one, or one that is nearly ready.</summary>
    private async Task WaitForPreparedAsync()
    {
        CancellationToken bound = Token;
        string prepared = Path.Combine(Engine.DataRoot, "prepared");
        while (!Directory.Exists(prepared) || !Directory.EnumerateDirectories(prepared).Any())
        {
            await Task.Delay(5, bound);
        }
    }

    [Fact]
    public async Task Without_networks_there_is_nothing_but_loopback()
        => Assert.Equal("lo\n", await OutputAsync(Script("ls /sys/class/net").WithNetwork(NetworkMode.None)));

    [Fact]
    public async Task Names_and_resolvers_that_are_given_are_in_the_files()
    {
        ContainerSpec spec = Script("cat /etc/hosts /etc/resolv.conf").WithNetwork(NetworkMode.None)
            .WithExtraHost("db", "10.1.2.3").WithDnsServer("10.9.9.9").WithDnsSearch("example.test").WithDnsOptions("ndots:3");

        string files = await OutputAsync(spec);

        Assert.Contains("10.1.2.3\tdb\n", files, StringComparison.Ordinal);
        Assert.Contains("nameserver 10.9.9.9\nsearch example.test\noptions ndots:3\n", files, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_gateway_is_this_machine()
    {
        RequireNetworks();
        await using Container container = await StartAsync(Script("sleep 1000").WithExtraHost("machine", "host-gateway"));
        NetworkEndpointInfo endpoint = Assert.Single((await container.InspectAsync(Token)).Networks);

        Assert.Contains($"{endpoint.IPv4Gateway}\tmachine\n", await ShellAsync(container, "cat /etc/hosts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_addresses_of_the_container_pass_from_its_interface()
    {
        RequireNetworks();
        await using Container victim = await StartAsync(Script("sleep 1000"));
        await using Container container = await StartAsync(Script("sleep 1000").WithAddedCapabilities("NET_ADMIN"));
        NetworkEndpointInfo target = Assert.Single((await victim.InspectAsync(Token)).Networks);
        Assert.Equal("passed\n", await ShellAsync(container, Ping(target.IPv4Address!, Reachable)));

        // An address of the subnet that nobody has, and then the right address behind a made up MAC address.
        byte[] bytes = target.IPv4Address!.GetAddressBytes();
        string stranger = new IPAddress([bytes[0], bytes[1], 250, 250]).ToString();
        await ShellAsync(container, $"busybox ip addr add {stranger}/16 dev eth0; busybox ip neigh flush dev eth0");
        Assert.Equal("dropped\n", await ShellAsync(container, Ping(target.IPv4Address, $"-W 1 -I {stranger}")));
        await ShellAsync(container, $"busybox ip addr del {stranger}/16 dev eth0");
        Assert.Equal("passed\n", await ShellAsync(container, Ping(target.IPv4Address, Reachable)));
        await ShellAsync(container, "busybox ip link set eth0 down; busybox ip link set eth0 address 02:42:01:02:03:04; busybox ip link set eth0 up");
        Assert.Equal("dropped\n", await ShellAsync(container, Ping(target.IPv4Address, "-W 1")));
    }

    [Fact]
    public async Task Only_the_addresses_of_the_container_pass_by_IPv6()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithIPv6(), Token);
        ContainerSpec spec = Script("sleep 1000").WithNetwork(network).WithAddedCapabilities("NET_ADMIN").WithSysctl("net.ipv6.conf.all.dad_transmits", "0").WithSysctl("net.ipv6.conf.default.dad_transmits", "0");
        await using Container victim = await StartAsync(Script("sleep 1000").WithNetwork(network));
        await using Container container = await StartAsync(spec);
        IPAddress target = (await EndpointAsync(victim)).IPv6Address!;
        Assert.Equal("passed\n", await ShellAsync(container, Ping(target, Reachable)));

        // An address of the subnet that nobody has, the victim's neighbour by its own, and what a neighbour is asked for comes from it, too: RFC 4861.
        byte[] bytes = target.GetAddressBytes();
        bytes[15] ^= 0xf0;
        IPAddress stranger = new(bytes);
        await ShellAsync(container, $"busybox ip addr add {stranger}/64 dev eth0; until busybox ip -o addr show dev eth0 | grep {stranger} | grep -qv tentative; do sleep 0.05; done");
        Assert.Equal("dropped\n", await ShellAsync(container, Ping(target, $"-W 1 -I {stranger}")));
        await ShellAsync(container, $"busybox ip addr del {stranger}/64 dev eth0");
        Assert.Equal("passed\n", await ShellAsync(container, Ping(target, Reachable)));
    }

    /// <summary>The neighbour may have to be asked for anew, which takes the kernel a second.</summary>
    private const string Reachable = "-W 30";

    private static string Ping(IPAddress target, string options)
        => $"busybox ping {(target.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "-6" : "-4")} -c 1 {options} {target} > /tmp/ping 2>&1 && echo passed || echo dropped";
}
