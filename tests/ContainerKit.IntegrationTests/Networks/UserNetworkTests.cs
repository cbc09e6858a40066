using System.Net;
using System.Net.Sockets;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Sockets;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Networks that are created, and containers in them.</summary>
public sealed class UserNetworkTests(BusyboxFixture busybox) : NetworkTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Containers_find_each_other_by_name_alias_and_short_id()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        string name = Name();
        await using Container server = await StartAsync(Server("hello").WithName(name).WithNetwork(network, "web"));
        await using Container client = await StartAsync(Script("sleep 1000").WithNetwork(network));

        foreach (string host in new[] { "web", name, server.ShortId, $"web.{network.Name}", "WEB" })
        {
            Assert.Equal("hello", await FetchAsync(client, host));
        }

        NetworkEndpointInfo endpoint = Assert.Single((await server.InspectAsync(Token)).Networks);
        Assert.Contains($"{name}.{network.Name}", await ShellAsync(client, $"busybox nslookup {endpoint.IPv4Address} 127.0.0.11"), StringComparison.Ordinal);
        Assert.Contains("nameserver 127.0.0.11\n", await ShellAsync(client, "cat /etc/resolv.conf"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renamed_container_is_found_by_its_new_name_only()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        string before = Name(), after = Name();
        await using Container server = await StartAsync(Script("sleep 1000").WithName(before).WithNetwork(network, "web"));
        await using Container client = await StartAsync(Script("sleep 1000").WithNetwork(network));
        string address = (await EndpointAsync(server)).IPv4Address!.ToString();
        Assert.Equal([address], await ResolveAsync(client, before));

        await server.RenameAsync(after, Token);

        Assert.Equal([address], await ResolveAsync(client, after));
        Assert.Equal([address], await ResolveAsync(client, "web"));
        Assert.Empty(await ResolveAsync(client, before));
        Assert.Contains($"{after}.{network.Name}", await ShellAsync(client, $"busybox nslookup {address} 127.0.0.11"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Containers_of_another_engine_on_the_data_root_are_found_by_name()
    {
        RequireNetworks();
        RequireRoot("whose engines share the networks of this machine");
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        await using Container client = await StartAsync(Script("sleep 1000").WithNetwork(network, "here"));
        string first = Name(), second = Name();
        await using (ContainerEngine other = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Engine.DataRoot }, Token))
        {
            await using Container server = await other.Containers.StartAsync(Server("hello").WithName(first).WithNetwork(network.Name, "web"), Token);
            string address = (await EndpointAsync(server)).IPv4Address!.ToString();
            foreach (string name in new[] { first, "web", server.ShortId, $"web.{network.Name}" })
            {
                Assert.Equal("hello", await FetchAsync(client, name));
            }

            Assert.Contains($"{first}.{network.Name}", await ShellAsync(client, $"busybox nslookup {address} 127.0.0.11"), StringComparison.Ordinal);
            Assert.Equal([(await EndpointAsync(client)).IPv4Address!.ToString()], await ResolveAsync(server, "here"));
            await server.RenameAsync(second, Token);
            Assert.Equal([address], await ResolveAsync(client, second));
            Assert.Empty(await ResolveAsync(client, first));
        }

        Assert.Empty(await ResolveAsync(client, second));
        Assert.Empty(await ResolveAsync(client, "web"));
    }

    [Fact]
    public async Task Program_may_have_port_53_of_all_addresses()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        await using Container container = await StartAsync(Script("sleep 1000 | busybox nc -l -p 53").WithInit().WithNetwork(network, "me"));
        string address = (await EndpointAsync(container)).IPv4Address!.ToString();
        CancellationToken bound = Token;
        while (!(await container.ExecAsync(["busybox", "netstat", "-ltn"], bound)).StandardOutput.Contains(":53 ", StringComparison.Ordinal))
        {
            await Task.Delay(20, bound);
        }

        Assert.Equal([address], await ResolveAsync(container, "me"));
        if (!Engine.IsRootless)
        {
            // No program of a static busybox listens for datagrams.
            using NamespaceSockets sockets = NamespaceSockets.Create();
            using NamespaceFd inside = NamespaceFd.Open((await container.InspectAsync(Token)).ProcessId!.Value, "net");
            using Socket datagrams = await sockets.OpenAsync(inside, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp, Token);
            datagrams.Bind(new IPEndPoint(IPAddress.Any, 53));
            Assert.Equal([address], await ResolveAsync(container, "me"));
        }
    }

    [Fact]
    public async Task Network_is_removed_or_used_and_never_both()
    {
        RequireNetworks();
        for (int i = 0; i < 5; i++)
        {
            Network network = await Engine.Networks.CreateAsync(Name(), Token);
            Container[] containers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Engine.Containers.CreateAsync(Script("exec sleep 1000").WithInit().WithNetwork(network), Token)));
            Task<Exception?> removing = Task.Run(async () => (Exception?)await Record.ExceptionAsync(() => network.RemoveAsync(Token)), Token);
            Exception?[] starts = await Task.WhenAll(containers.Select(container => Task.Run(async () => (Exception?)await Record.ExceptionAsync(() => container.StartAsync(Token)), Token)));
            Exception? refusal = await removing;

            if (refusal is null)
            {
                Assert.All(starts, failure => Assert.IsType<NotFoundException>(failure));
            }
            else
            {
                Assert.IsType<ConflictException>(refusal);
                Assert.All(starts, Assert.Null);
            }

            foreach (Container container in containers)
            {
                await container.RemoveAsync(force: true, Token);
            }

            await network.DisposeAsync();
        }
    }

    [Fact]
    public async Task Networks_do_not_reach_each_other()
    {
        RequireNetworks();
        await using Network one = await Engine.Networks.CreateAsync(Name(), Token);
        await using Network other = await Engine.Networks.CreateAsync(Name(), Token);
        await using Container server = await StartAsync(Server("hello").WithNetwork(one, "web"));
        await using Container neighbour = await StartAsync(Script("sleep 1000").WithNetwork(one));
        await using Container stranger = await StartAsync(Script("sleep 1000").WithNetwork(other));
        string address = Assert.Single((await server.InspectAsync(Token)).Networks).IPv4Address!.ToString();

        Assert.Equal("hello", await FetchAsync(neighbour, address));
        Assert.NotEqual(0, (await stranger.ExecAsync(["sh", "-c", $"busybox nc -w 1 {address} 80 < /dev/null"], Token)).ExitCode);
        Assert.NotEqual(0, (await stranger.ExecAsync(["sh", "-c", Fetch("web")], Token)).ExitCode);
    }

    [Fact]
    public async Task Internal_network_has_no_way_out()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithInternal(), Token);
        await using Container server = await StartAsync(Server("hello").WithNetwork(network, "web"));
        await using Container client = await StartAsync(Script("sleep 1000").WithNetwork(network));

        Assert.Equal("hello", await FetchAsync(client, "web"));
        Assert.DoesNotContain("default", await ShellAsync(client, "busybox ip route"), StringComparison.Ordinal);
        Assert.Null(Assert.Single((await client.InspectAsync(Token)).Networks).IPv4Gateway);
    }

    [Fact]
    public async Task Running_container_is_connected_and_disconnected()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        await using Container server = await StartAsync(Server("hello").WithNetwork(network, "web"));
        await using Container client = await StartAsync(Script("sleep 1000"));
        await Assert.ThrowsAsync<NotFoundException>(() => client.DisconnectAsync(network.Name, Token));

        await client.ConnectAsync(network.Name, "me", Token);

        Assert.Equal(["eth0", "eth1"], (await client.InspectAsync(Token)).Networks.Select(endpoint => endpoint.InterfaceName));
        string address = (await server.InspectAsync(Token)).Networks[0].IPv4Address!.ToString();
        Assert.Equal("hello", await FetchAsync(client, address));
        Assert.Contains("Address", await ShellAsync(server, "busybox nslookup me 127.0.0.11"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<ConflictException>(() => client.ConnectAsync(network.Id, cancellationToken: Token));
        await client.DisconnectAsync("bridge", Token);
        Assert.Equal("eth1", Assert.Single((await client.InspectAsync(Token)).Networks).InterfaceName);
        Assert.Contains("dev eth1", await ShellAsync(client, "busybox ip route | grep default"), StringComparison.Ordinal);
        await client.DisconnectAsync(network.Name, Token);
        Assert.Equal("lo\n", await ShellAsync(client, "ls /sys/class/net"));
    }

    [Fact]
    public async Task Connections_of_a_stopped_container_hold_at_its_next_start()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        Container container = await Engine.Containers.CreateAsync(Script("exec sleep 1000").WithInit().WithStopTimeout(TimeSpan.Zero), Token);
        try
        {
            await container.ConnectAsync(network.Name, "late", Token);
            await container.DisconnectAsync("bridge", Token);
            for (int i = 0; i < 2; i++)
            {
                await container.StartAsync(Token);
                NetworkEndpointInfo endpoint = Assert.Single((await container.InspectAsync(Token)).Networks);
                Assert.Equal((network.Id, "late"), (endpoint.NetworkId, Assert.Single(endpoint.Aliases)));
                await Assert.ThrowsAsync<ConflictException>(() => network.RemoveAsync(Token));
                await container.StopAsync(cancellationToken: Token);
                Assert.Empty((await network.InspectAsync(Token)).Addresses);
            }
        }
        finally
        {
            await container.RemoveAsync(force: true, Token);
        }
    }

    [Fact]
    public async Task Addresses_that_are_asked_for_are_given_once()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithSubnet("10.181.7.0/24", "10.181.7.254", "10.181.7.128/25").WithIPv6(), Token);
        NetworkAttachment wanted = new(network.Name) { IPv4Address = IPAddress.Parse("10.181.7.9"), MacAddress = "02:00:00:00:00:07" };
        await using Container first = await StartAsync(Script("sleep 1000").WithNetwork(wanted));
        await using Container second = await StartAsync(Script("sleep 1000").WithNetwork(network));

        NetworkEndpointInfo endpoint = Assert.Single((await first.InspectAsync(Token)).Networks);
        Assert.Equal(("10.181.7.9", "10.181.7.254", "02:00:00:00:00:07"), (endpoint.IPv4Address!.ToString(), endpoint.IPv4Gateway!.ToString(), endpoint.MacAddress));
        NetworkEndpointInfo other = Assert.Single((await second.InspectAsync(Token)).Networks);
        Assert.Equal("10.181.7.128", other.IPv4Address!.ToString());
        Assert.NotNull(other.IPv6Address);
        await ShellAsync(second, $"busybox ping -c 1 -W 5 10.181.7.9 > /tmp/ping && busybox ping -6 -c 1 -W 5 {endpoint.IPv6Address} > /tmp/ping");
        ConflictException taken = await Assert.ThrowsAsync<ConflictException>(() => StartAsync(Script("true").WithNetwork(wanted)));
        Assert.Contains(first.ShortId, taken.Message, StringComparison.Ordinal);
        ConflictException overlap = await Assert.ThrowsAsync<ConflictException>(() => Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithSubnet("10.181.0.0/16"), Token));
        Assert.Contains(network.Name, overlap.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Containers_that_must_not_talk_do_not()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithOption("com.docker.network.bridge.enable_icc", "false"), Token);
        await using Container one = await StartAsync(Script("sleep 1000").WithNetwork(network));
        await using Container other = await StartAsync(Script("sleep 1000").WithNetwork(network));
        NetworkEndpointInfo endpoint = Assert.Single((await one.InspectAsync(Token)).Networks);

        Assert.Equal("dropped\n", await ShellAsync(other, $"busybox ping -c 1 -W 1 {endpoint.IPv4Address} > /tmp/ping && echo passed || echo dropped"));
        await ShellAsync(other, $"busybox ping -c 1 -W 5 {endpoint.IPv4Gateway} > /tmp/ping");
    }

    [Fact]
    public async Task Networks_are_listed_filtered_and_pruned()
    {
        RequireNetworks();
        string label = Name();
        await using Network used = (await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithLabel("run", label), Token)).Keep();
        await using Network unused = await Engine.Networks.CreateAsync(new NetworkSpec { Name = Name() }.WithLabel("run", label), Token);
        FilterSet ours = FilterSet.Empty.With("label", $"run={label}");
        await using (Container container = await StartAsync(Script("sleep 1000").WithNetwork(used)))
        {
            Assert.Equal(new[] { used.Name, unused.Name }.Order(StringComparer.Ordinal), (await Engine.Networks.ListAsync(ours, Token)).Select(network => network.Name));
            Assert.Equal(["bridge", "host", "none"], (await Engine.Networks.ListAsync(FilterSet.Empty.With("type", "builtin"), Token)).Select(network => network.Name));
            Assert.Equal([unused.Name], (await Engine.Networks.PruneAsync(ours, Token)).Networks);
        }

        Assert.Equal([used.Name], (await Engine.Networks.PruneAsync(ours, Token)).Networks);
        await Assert.ThrowsAsync<InvalidStateException>(() => Engine.Networks.RemoveAsync("bridge", Token));
        await Assert.ThrowsAsync<InvalidStateException>(() => Engine.Networks.RemoveAsync("host", Token));
        await Assert.ThrowsAsync<NotFoundException>(() => used.RemoveAsync(Token));
    }
}
