using System.Net;
using System.Net.Sockets;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Ports of containers that are reachable by ports of this machine.</summary>
public sealed class PortTests(BusyboxFixture busybox) : NetworkTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Published_port_is_reachable_by_loopback_and_by_an_address_of_this_machine()
    {
        RequireNetworks();
        await using Container server = await StartAsync(Server("hello").WithPort(80));
        IPEndPoint local = server.GetHostEndpoint(80);
        IPAddress machine = (await server.InspectAsync(Token)).Networks[0].IPv4Gateway!;

        Assert.Equal(IPAddress.Loopback, local.Address);
        Assert.Equal("hello", await FetchAsync(local));
        if (!Engine.IsRootless)
        {
            // That of an ordinary user's network is the sandbox's, not this machine's.
            Assert.Equal("hello", await FetchAsync(new IPEndPoint(machine, local.Port)));
        }

        if (Socket.OSSupportsIPv6)
        {
            Assert.Equal("hello", await FetchAsync(new IPEndPoint(IPAddress.IPv6Loopback, local.Port)));
        }
    }

    [Fact]
    public async Task Published_port_is_reachable_from_other_networks_and_from_its_own()
    {
        RequireNetworks();
        await using Network network = await Engine.Networks.CreateAsync(Name(), Token);
        await using Container server = await StartAsync(Server("hello").WithNetwork(network).WithPort(80));
        await using Container neighbour = await StartAsync(Script("sleep 1000").WithNetwork(network));
        await using Container stranger = await StartAsync(Script("sleep 1000"));
        int port = server.GetHostEndpoint(80).Port;
        string ownGateway = (await neighbour.InspectAsync(Token)).Networks[0].IPv4Gateway!.ToString();
        string otherGateway = (await stranger.InspectAsync(Token)).Networks[0].IPv4Gateway!.ToString();

        Assert.Equal("hello", await FetchAsync(server, ownGateway, port));
        Assert.Equal("hello", await FetchAsync(neighbour, ownGateway, port));
        Assert.Equal("hello", await FetchAsync(stranger, otherGateway, port));
    }

    [Fact]
    public async Task Cancelled_command_ends_although_what_it_started_waits_for_the_network()
    {
        await using Container container = await StartAsync(Script("exec sleep 1000").WithInit());
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<ExecResult> waiting = container.ExecAsync(["sh", "-c", "busybox nc -l -p 999 | busybox cat"], stop.Token);
        CancellationToken bound = Token;
        while (!(await container.ExecAsync(["busybox", "netstat", "-ltn"], bound)).StandardOutput.Contains(":999 ", StringComparison.Ordinal))
        {
            await Task.Delay(20, bound);
        }

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(bound));
        Assert.Equal("here\n", await ShellAsync(container, "echo here"));
    }

    [Fact]
    public async Task Port_in_use_is_refused_with_the_name_of_its_holder()
    {
        RequireNetworks();
        string name = Name();
        await using Container holder = await StartAsync(Server("hello").WithName(name).WithPort(80));
        int port = holder.GetHostEndpoint(80).Port;

        ConflictException refused = await Assert.ThrowsAsync<ConflictException>(() => StartAsync(Server("other").WithPort(80, port)));

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        await holder.DisposeAsync();
        await using Container next = await StartAsync(Server("other").WithPort(80, port));
        Assert.Equal("other", await FetchAsync(next.GetHostEndpoint(80)));
    }

    [Fact]
    public async Task All_exposed_ports_are_published()
    {
        RequireNetworks();
        await using Container server = await StartAsync(Server("hello", 8080).WithExposedPort("8080").WithExposedPort("5353/udp").WithPublishAllPorts());

        Assert.Equal("hello", await FetchAsync(server.GetHostEndpoint(8080)));
        Assert.NotEqual(0, server.GetHostEndpoint(5353, PortProtocol.Udp).Port);
        Assert.Throws<NotFoundException>(() => server.GetHostEndpoint(1));
    }
}
