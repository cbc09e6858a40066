using System.Net;
using System.Net.NetworkInformation;
using ContainerKit.Linux.Netlink;
using Xunit;

namespace ContainerKit.Linux.Tests.Netlink;

public sealed class RouteSocketTests
{
    private static readonly PhysicalAddress s_mac = PhysicalAddress.Parse("02-42-ac-11-00-02");

    [Fact]
    public void The_loopback_of_this_machine_is_listed()
    {
        using RouteSocket routes = RouteSocket.Open();

        LinkInfo loopback = Assert.Single(routes.ListLinks(), link => link.Name == "lo");
        Assert.Equal(loopback.Index, routes.FindLink("lo")?.Index);
        Assert.Null(routes.FindLink("ck-none"));
        Assert.Contains(routes.ListAddresses(), address => address.Index == loopback.Index && IPAddress.Loopback.Equals(address.Address) && address.Network.PrefixLength == 8);
    }

    [Fact]
    public void A_pair_is_made_with_one_end_on_a_bridge_and_the_other_in_another_namespace()
    {
        using ScratchNetwork host = ScratchNetwork.Create();
        using ScratchNetwork container = ScratchNetwork.Create();
        host.Routes.Execute(new RouteBatch()
            .AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = "ckbr", IsUp = true, Mtu = 1400 })
            .ChangeLink(new LinkRequest { Name = "ckbr", Alias = "containerkit test" }));
        LinkInfo bridge = host.Routes.FindLink("ckbr")!;

        host.Routes.Execute(new RouteBatch()
            .AddAddress(bridge.Index, IPAddress.Parse("172.30.0.1"), 16)
            .AddAddress(bridge.Index, IPAddress.Parse("fd00:1::1"), 64)
            .AddLink(new LinkRequest
            {
                Kind = LinkKind.Veth,
                Name = "ckv1",
                Master = bridge.Index,
                Mtu = 1400,
                IsUp = true,
                Peer = new LinkRequest { Name = "eth0", Address = s_mac, Mtu = 1400, Namespace = container.Descriptor },
            })
            .ChangeLink(new LinkRequest { Name = "ckv1", Hairpin = true, Isolated = true }));

        LinkInfo port = host.Routes.FindLink("ckv1")!;
        LinkInfo inside = container.Routes.FindLink("eth0")!;
        Assert.Equal(("bridge", 1400, true, "containerkit test"), (bridge.Kind, bridge.Mtu, bridge.IsUp, bridge.Alias));
        Assert.Equal(("veth", bridge.Index, inside.Index, true), (port.Kind, port.Master, port.Linked, port.IsUp));
        Assert.Equal((s_mac, 1400, false), (inside.Address, inside.Mtu, inside.IsUp));

        container.Routes.Execute(new RouteBatch()
            .ChangeLink(new LinkRequest { Index = inside.Index, WithoutLinkLocal = true })
            .ChangeLink(new LinkRequest { Index = inside.Index, IsUp = true })
            .AddAddress(inside.Index, IPAddress.Parse("172.30.0.2"), 16)
            .AddAddress(inside.Index, IPAddress.Parse("fd00:1::2"), 64)
            .AddRoute(IPNetwork.Parse("0.0.0.0/0"), IPAddress.Parse("172.30.0.1"), null)
            .AddRoute(IPNetwork.Parse("::/0"), IPAddress.Parse("fd00:1::1"), inside.Index));

        IReadOnlyList<RouteInfo> routes = container.Routes.ListRoutes();
        Assert.Contains(routes, route => route is { Destination.PrefixLength: 0, Gateway: not null } && route.Gateway.Equals(IPAddress.Parse("172.30.0.1")) && route.Index == inside.Index);
        Assert.Contains(routes, route => route is { Destination.PrefixLength: 0, Gateway: not null } && route.Gateway.Equals(IPAddress.Parse("fd00:1::1")));
        Assert.Contains(routes, route => route.Destination.Equals(IPNetwork.Parse("172.30.0.0/16")));
        Assert.Equal(
            ["172.30.0.2", "fd00:1::2"],
            container.Routes.ListAddresses().Where(address => address.Index == inside.Index).Select(address => address.Address.ToString()).Order(StringComparer.Ordinal));

        host.Routes.Execute(new RouteBatch().DeleteLink(port.Index));
        Assert.Null(container.Routes.FindLink("eth0"));
    }

    [Fact]
    public void A_refusal_names_the_request_and_says_why()
    {
        using ScratchNetwork host = ScratchNetwork.Create();
        host.Routes.Execute(new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = "ckbr" }));

        NetlinkException twice = Assert.Throws<NetlinkException>(
            () => host.Routes.Execute(new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = "ckbr" })));
        NetlinkException gateway = Assert.Throws<NetlinkException>(
            () => host.Routes.Execute(new RouteBatch().AddRoute(IPNetwork.Parse("10.0.0.0/8"), IPAddress.Parse("192.0.2.1"), null)));

        Assert.Equal((Errno.EEXIST, "add bridge ckbr"), (twice.Errno, twice.Request));
        Assert.Contains("gateway", gateway.Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(string.IsNullOrEmpty(gateway.Explanation));
    }

    [Fact]
    public void Hundreds_of_requests_in_one_batch_are_all_done()
    {
        using ScratchNetwork host = ScratchNetwork.Create();
        host.Routes.Execute(new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = "ckbr", IsUp = true }));
        int index = host.Routes.FindLink("ckbr")!.Index;
        RouteBatch batch = new();
        for (int i = 0; i < 600; i++)
        {
            batch.AddAddress(index, new IPAddress([10, 9, (byte)(i >> 8), (byte)i]), 32);
        }

        host.Routes.Execute(batch);

        Assert.Equal(600, host.Routes.ListAddresses().Count(address => address.Index == index && address.Network.PrefixLength == 32));
    }

    [Theory]
    [InlineData("")]
    [InlineData("longer-than-a-name")]
    [InlineData("a/b")]
    public void A_name_that_no_interface_can_have_is_refused(string name)
        => Assert.Throws<ArgumentException>(() => new RouteBatch().AddLink(new LinkRequest { Kind = LinkKind.Bridge, Name = name }));
}
