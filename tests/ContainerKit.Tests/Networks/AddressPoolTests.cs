using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Addresses;
using Xunit;

namespace ContainerKit.Tests.Networks;

public sealed class AddressPoolTests
{
    [Fact]
    public void The_lowest_free_address_is_given_and_none_that_is_reserved()
    {
        AddressPool pool = new(new NetworkPool
        {
            Subnet = IPNetwork.Parse("10.0.0.0/29"),
            Gateway = IPAddress.Parse("10.0.0.1"),
            AuxiliaryAddresses = ImmutableSortedDictionary<string, string>.Empty.Add("router", "10.0.0.3"),
        });

        Assert.Equal(["10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6", null], Enumerable.Range(0, 5).Select(_ => pool.Take()?.ToString()));
        pool.Release(IPAddress.Parse("10.0.0.4"));
        pool.Release(IPAddress.Parse("10.0.0.2"));
        Assert.Equal("10.0.0.2", pool.Take()?.ToString());
        Assert.False(pool.Take(IPAddress.Parse("10.0.0.2")));
        Assert.True(pool.Take(IPAddress.Parse("10.0.0.4")));
        Assert.Null(pool.Take());
    }

    [Fact]
    public void Addresses_come_from_the_range_and_others_may_be_asked_for()
    {
        AddressPool pool = new(new NetworkPool { Subnet = IPNetwork.Parse("10.0.0.0/16"), Range = IPNetwork.Parse("10.0.5.0/24"), Gateway = IPAddress.Parse("10.0.0.1") });

        Assert.Equal("10.0.5.0", pool.Take()?.ToString());
        Assert.True(pool.IsAllowed(IPAddress.Parse("10.0.9.9")));
        Assert.False(pool.IsAllowed(IPAddress.Parse("10.0.0.1")));
        Assert.False(pool.IsAllowed(IPAddress.Parse("10.0.255.255")));
        Assert.False(pool.IsAllowed(IPAddress.Parse("10.1.0.1")));
    }

    [Theory]
    [InlineData("fd00::/64", "fd00::1")]
    [InlineData("10.0.0.4/31", "10.0.0.4")]
    [InlineData("255.255.255.252/30", "255.255.255.253")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")]
    public void The_ends_of_the_address_space_are_no_trap(string subnet, string first)
    {
        AddressPool pool = new(new NetworkPool { Subnet = IPNetwork.Parse(subnet) });

        Assert.Equal(first, pool.Take()?.ToString());
        int more = 0;
        while (more < 300 && pool.Take() is not null)
            more++;
        Assert.True(more is 1 or 300, $"{more}");
    }

    [Fact]
    public void Chosen_subnets_overlap_with_nothing_in_use()
    {
        List<IPNetwork> used = [IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/18")];
        for (int i = 0; i < 20; i++)
        {
            IPNetwork chosen = SubnetChoice.Choose(AddressFamily.InterNetwork, used);
            Assert.DoesNotContain(used, other => AddressNumber.Overlap(other, chosen));
            used.Add(chosen);
        }

        Assert.StartsWith("192.168.64.0", used[2].ToString(), StringComparison.Ordinal);
        Assert.Throws<ConflictException>(() => SubnetChoice.Choose(AddressFamily.InterNetwork, [IPNetwork.Parse("0.0.0.0/0")]));
        Assert.NotEqual(SubnetChoice.Choose(AddressFamily.InterNetworkV6, []), SubnetChoice.Choose(AddressFamily.InterNetworkV6, []));
    }
}
