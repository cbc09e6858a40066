using System.Collections.Immutable;
using System.Net;

namespace ContainerKit;

/// <summary>What a network is to be: <c>new NetworkSpec { Name = "app" }.WithSubnet("10.5.0.0/24")</c>. An immutable record.</summary>
public sealed record NetworkSpec
{
    /// <summary>A switch of this machine, with a way out through it. The default.</summary>
    public const string BridgeDriver = "bridge";

    /// <summary>Containers are neighbours of this machine, with MAC addresses of their own on one of its interfaces.</summary>
    public const string MacvlanDriver = "macvlan";

    /// <summary>Containers are neighbours of this machine, with the MAC address of one of its interfaces.</summary>
    public const string IpvlanDriver = "ipvlan";

    /// <summary>The name, unique in the data root: letters, digits, '_', '.' and '-', the first a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>What the network is made of: <see cref="BridgeDriver"/> (the default), <see cref="MacvlanDriver"/>, <see cref="IpvlanDriver"/>.</summary>
    public string Driver { get; init; } = BridgeDriver;

    /// <summary>True: no way out of the network, and none in. Default false.</summary>
    public bool IsInternal { get; init; }

    /// <summary>True: containers have an IPv6 address as well. Default false.</summary>
    public bool HasIPv6 { get; init; }

    /// <summary>True: containers have an IPv4 address. Default true.</summary>
    public bool HasIPv4 { get; init; } = true;

    /// <summary>Subnets, at most one of each address family; what is missing is chosen so that it clashes with nothing on this machine.</summary>
    public ImmutableArray<NetworkPool> Pools { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Docker's options of the driver: <c>com.docker.network.bridge.name</c>, <c>com.docker.network.driver.mtu</c>, <c>com.docker.network.bridge.enable_icc</c>,
    /// <c>com.docker.network.bridge.enable_ip_masquerade</c>, <c>com.docker.network.bridge.host_binding_ipv4</c>; of macvlan and ipvlan <c>parent</c> and their modes.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Options { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Chooses the driver.</summary>
    public NetworkSpec WithDriver(string driver) => this with { Driver = driver };

    /// <summary>Leaves the network without a way out.</summary>
    public NetworkSpec WithInternal(bool isInternal = true) => this with { IsInternal = isInternal };

    /// <summary>Gives containers IPv6 addresses as well.</summary>
    public NetworkSpec WithIPv6(bool hasIPv6 = true) => this with { HasIPv6 = hasIPv6 };

    /// <summary>Adds a subnet; one of IPv6 turns IPv6 on.</summary>
    /// <param name="subnet">As in <c>10.5.0.0/24</c>.</param>
    /// <param name="gateway">This machine's address in it; null: the first one.</param>
    /// <param name="range">The part of it that addresses are chosen from; null: all of it.</param>
    /// <exception cref="FormatException">It is no subnet.</exception>
    public NetworkSpec WithSubnet(string subnet, string? gateway = null, string? range = null)
    {
        var pool = new NetworkPool
        {
            Subnet = IPNetwork.Parse(subnet),
            Gateway = gateway is null ? null : IPAddress.Parse(gateway),
            Range = range is null ? null : IPNetwork.Parse(range),
        };
        return WithPool(pool);
    }

    /// <summary>Adds a subnet; one of IPv6 turns IPv6 on.</summary>
    public NetworkSpec WithPool(NetworkPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return this with { Pools = Pools.Add(pool), HasIPv6 = HasIPv6 || pool.Subnet is { } subnet && subnet.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 };
    }

    /// <summary>Adds a label, or replaces it.</summary>
    public NetworkSpec WithLabel(string name, string value) => this with { Labels = Labels.SetItem(name, value) };

    /// <summary>Adds an option of the driver, or replaces it.</summary>
    public NetworkSpec WithOption(string name, string value) => this with { Options = Options.SetItem(name, value) };
}
