using System.Net;
using System.Net.NetworkInformation;
using ContainerKit.Linux.Netlink;
using Xunit;

namespace ContainerKit.Linux.Tests.Netlink;

public sealed class FilterSocketTests
{
    private static readonly RuleSet s_ports = new("ports", 8) { ValueLength = 8 };

    [Fact]
    public void A_table_with_chains_sets_maps_and_rules_is_made_at_once_and_ends_with_its_socket()
    {
        using ScratchNetwork host = ScratchNetwork.Create();
        FilterSocket owner = host.Filters;
        owner.Execute(new FilterBatch(FilterFamily.Inet, "ck-test")
            .AddTable(owned: true)
            .AddSet(new RuleSet("bridges", FilterKey.NameLength))
            .AddSet(new RuleSet("verdicts", FilterKey.NameLength) { HasVerdicts = true })
            .AddSet(s_ports)
            .AddChain(new FilterChain("forward") { Hook = FilterHook.Forward })
            .AddChain(new FilterChain("pre") { Hook = FilterHook.PreRouting, Priority = -100, Type = "nat" })
            .AddChain(new FilterChain("post") { Hook = FilterHook.PostRouting, Priority = 100, Type = "nat" })
            .AddChain(new FilterChain("other"))
            .AddRule("forward", new FilterRule().WhenState(FilterRule.StateKnown).Accept())
            .AddRule("forward", new FilterRule().WhenStatus(FilterRule.StatusDestinationChanged).Accept())
            .AddRule("forward", new FilterRule().Load(FilterField.OutputName, 0).WhenIn("bridges", 0).Drop())
            .AddRule("forward", new FilterRule().Load(FilterField.InputName, 0).Decide("verdicts", 0))
            .AddRule("forward", new FilterRule().Jump("other"))
            .AddRule("pre", new FilterRule().WhenFamily(FilterFamily.IPv4).WhenDestinationLocal()
                .Load(FilterField.TransportProtocol, 0).Load(FilterHeader.Transport, 2, 2, 1).Map("ports", 0, 4)
                .ChangeDestination(FilterFamily.IPv4, 4, 5))
            .AddRule("post", new FilterRule().Load(FilterField.InputName, 0).WhenIn("bridges", 0)
                .Load(FilterField.OutputName, 0).UnlessIn("bridges", 0).Masquerade())
            .AddElements("bridges", new FilterElement(new FilterKey().AddName("ckbr").ToBytes()))
            .AddElements("ports", Port(8080, "172.30.0.2", 80)));

        owner.Execute(new FilterBatch(FilterFamily.Inet, "ck-test").AddElements("ports", Port(8081, "172.30.0.3", 80)).RemoveElements("ports", Port(8080, "172.30.0.2", 80)));

        Assert.Equal(["ck-test"], owner.ListTables(FilterFamily.Inet));
        using ScratchNetwork other = ScratchNetwork.Create();
        Assert.Empty(other.Filters.ListTables(FilterFamily.Inet));
    }

    [Fact]
    public void A_bridge_table_holds_the_addresses_that_a_port_may_send_from()
    {
        using ScratchNetwork host = ScratchNetwork.Create();

        host.Filters.Execute(new FilterBatch(FilterFamily.Bridge, "ck-test")
            .AddTable(owned: true)
            .AddSet(new RuleSet("senders", 16))
            .AddChain(new FilterChain("pre") { Hook = FilterHook.PreRouting, Priority = -300 })
            .AddRule("pre", new FilterRule().Load(FilterField.Protocol, 0).WhenEqual(0, [8, 0])
                .Load(FilterField.InputIndex, 0).Load(FilterHeader.Link, 6, 6, 1).Load(FilterHeader.Network, 12, 4, 3).UnlessIn("senders", 0).Drop())
            .AddElements("senders", new FilterElement(
                new FilterKey().AddNumber(7).Add(PhysicalAddress.Parse("02-42-ac-11-00-02")).Add(IPAddress.Parse("172.30.0.2")).ToBytes())));

        Assert.Equal(["ck-test"], host.Filters.ListTables(FilterFamily.Bridge));
    }

    [Fact]
    public void A_batch_of_which_a_part_is_refused_changes_nothing()
    {
        using ScratchNetwork host = ScratchNetwork.Create();
        host.Filters.Execute(new FilterBatch(FilterFamily.Inet, "ck-test").AddTable(owned: true).AddSet(s_ports));

        NetlinkException refused = Assert.Throws<NetlinkException>(() => host.Filters.Execute(new FilterBatch(FilterFamily.Inet, "ck-test")
            .AddElements("ports", Port(1, "10.0.0.1", 1))
            .RemoveElements("ports", Port(2, "10.0.0.1", 1))));

        Assert.Equal(Errno.ENOENT, refused.Errno);
        Assert.Equal("delete elements of ck-test ports", refused.Request);
        refused = Assert.Throws<NetlinkException>(() => host.Filters.Execute(new FilterBatch(FilterFamily.Inet, "ck-test").RemoveElements("ports", Port(1, "10.0.0.1", 1))));
        Assert.Equal(Errno.ENOENT, refused.Errno);
    }

    [Fact]
    public void Thousands_of_elements_go_into_one_batch()
    {
        using ScratchNetwork host = ScratchNetwork.Create();

        host.Filters.Execute(new FilterBatch(FilterFamily.Inet, "ck-test").AddTable(owned: true).AddSet(s_ports)
            .AddElements("ports", Enumerable.Range(1, 5000).Select(port => Port(port, "10.0.0.1", 80))));

        Assert.Equal(["ck-test"], host.Filters.ListTables(FilterFamily.Inet));
    }

    private static FilterElement Port(int port, string address, int target) => new(
        new FilterKey().AddProtocol(6).AddPort(port).ToBytes(),
        new FilterKey().Add(IPAddress.Parse(address)).AddPort(target).ToBytes());
}
