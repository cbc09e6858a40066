using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Addresses;
using ContainerKit.Networks.Host;

namespace ContainerKit.Networks.Control;

/// <summary>Checks what a network is to be, and chooses what was left open.</summary>
internal static class NetworkCreation
{
    internal const string ParentOption = "parent";

    /// <summary>The network as it will be on disk.</summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="networks">Those that there are.</param>
    /// <param name="used">What this machine's interfaces use.</param>
    /// <param name="now">The time of its creation.</param>
    internal static NetworkDocument Create(
        NetworkSpec spec, IReadOnlyList<NetworkDocument> networks, IReadOnlyList<(IPNetwork Subnet, string Interface)> used, DateTimeOffset now)
    {
        Validate(spec);
        ImmutableArray<NetworkPool>.Builder pools = ImmutableArray.CreateBuilder<NetworkPool>();
        if (spec.HasIPv4)
            pools.Add(Complete(spec, AddressFamily.InterNetwork, networks, used));
        if (spec.HasIPv6)
            pools.Add(Complete(spec, AddressFamily.InterNetworkV6, networks, used));
        return new NetworkDocument
        {
            Id = NetworkName.CreateId(),
            Name = spec.Name,
            Driver = spec.Driver,
            CreatedAt = now,
            IsInternal = spec.IsInternal,
            HasIPv6 = spec.HasIPv6,
            IsPredefined = spec.Name == NetworkName.Bridge,
            IsAutomatic = spec.Pools.All(pool => pool.Subnet?.BaseAddress.AddressFamily != AddressFamily.InterNetwork),
            HasGivenSubnet = spec.Pools.Any(pool => pool.Subnet is not null),
            Pools = pools.ToImmutable(),
            Labels = spec.Labels,
            Options = spec.Options,
        };
    }

    /// <summary>The same network with another IPv4 subnet: that of the last time is in use by somebody else now.</summary>
    internal static NetworkDocument ChooseAnew(NetworkDocument network, IReadOnlyList<NetworkDocument> networks, IReadOnlyList<(IPNetwork Subnet, string Interface)> used)
    {
        IPNetwork subnet = SubnetChoice.Choose(AddressFamily.InterNetwork, Taken(networks.Where(other => other.Id != network.Id), used));
        return network with
        {
            Pools = [.. network.Pools.Select(pool => pool.Subnet!.Value.BaseAddress.AddressFamily == AddressFamily.InterNetwork
                ? new NetworkPool { Subnet = subnet, Gateway = SubnetChoice.FirstAddress(subnet) }
                : pool)],
        };
    }

    private static void Validate(NetworkSpec spec)
    {
        NetworkName.Require(spec.Name);
        Require(spec.HasIPv4 || spec.HasIPv6, nameof(spec.HasIPv4), false, "IPv4, IPv6 or both");
        BridgeOptions.Read(spec.Options);
        switch (spec.Driver)
        {
            case NetworkSpec.BridgeDriver:
                if (spec.Options.TryGetValue(BridgeOptions.Name, out string? name))
                    Require(name.Length is > 0 and < 16 && name is not ("." or "..") && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), BridgeOptions.Name, name, "1 to 15 letters, digits, '-', '_' and '.'");
                break;
            case NetworkSpec.MacvlanDriver or NetworkSpec.IpvlanDriver:
                Require(spec.Options.ContainsKey(ParentOption), $"option {ParentOption}", "", "the interface of this machine that the network stands on");
                break;
            default:
                throw BridgeOptions.Invalid(nameof(spec.Driver), spec.Driver, $"{NetworkSpec.BridgeDriver}, {NetworkSpec.MacvlanDriver} or {NetworkSpec.IpvlanDriver}");
        }

        foreach (NetworkPool pool in spec.Pools)
            Validate(pool);
        foreach (AddressFamily family in new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
            Require(spec.Pools.Count(pool => pool.Subnet?.BaseAddress.AddressFamily == family) <= 1, nameof(spec.Pools), spec.Pools.Length, "at most one subnet of IPv4 and one of IPv6");
    }

    private static void Validate(NetworkPool pool)
    {
        if (pool.Subnet is not { } subnet)
        {
            Require(pool.Range is null, nameof(pool.Range), pool.Range, "none without a subnet");
            Require(pool.Gateway is null, nameof(pool.Gateway), pool.Gateway, "none without a subnet");
            return;
        }

        int bits = AddressNumber.Bits(subnet.BaseAddress.AddressFamily);
        Require(subnet.PrefixLength > 0 && subnet.PrefixLength <= bits - 1, nameof(pool.Subnet), subnet, $"a prefix of 1 to {bits - 1} bits");
        Require(
            pool.Range is not { } range || (AddressNumber.Overlap(subnet, range) && range.PrefixLength >= subnet.PrefixLength),
            nameof(pool.Range), pool.Range, $"a part of {subnet}");
        Require(pool.Gateway is not { } gateway || IsIn(subnet, gateway), nameof(pool.Gateway), pool.Gateway, $"an address of {subnet}");
        foreach ((string name, string address) in pool.AuxiliaryAddresses)
            Require(IPAddress.TryParse(address, out IPAddress? parsed) && IsIn(subnet, parsed), $"{nameof(pool.AuxiliaryAddresses)} {name}", address, $"an address of {subnet}");
    }

    private static bool IsIn(IPNetwork subnet, IPAddress address) => address.AddressFamily == subnet.BaseAddress.AddressFamily && subnet.Contains(address);

    private static NetworkPool Complete(
        NetworkSpec spec, AddressFamily family, IReadOnlyList<NetworkDocument> networks, IReadOnlyList<(IPNetwork Subnet, string Interface)> used)
    {
        NetworkPool pool = spec.Pools.FirstOrDefault(given => given.Subnet?.BaseAddress.AddressFamily == family) ?? new NetworkPool();
        if (pool.Subnet is not { } subnet)
            subnet = SubnetChoice.Choose(family, Taken(networks, used));
        else if (spec.Driver == NetworkSpec.BridgeDriver)
            RequireFree(spec.Name, subnet, networks, used);

        // An internal network of the host's interfaces has nobody who would pass anything on.
        bool hasGateway = spec.Driver == NetworkSpec.BridgeDriver || !spec.IsInternal;
        return pool with { Subnet = subnet, Gateway = hasGateway ? pool.Gateway ?? SubnetChoice.FirstAddress(subnet) : null };
    }

    /// <exception cref="ConflictException">Somebody uses it; the message says who.</exception>
    internal static void RequireFree(
        string network, IPNetwork subnet, IReadOnlyList<NetworkDocument> networks, IReadOnlyList<(IPNetwork Subnet, string Interface)> used)
    {
        foreach (NetworkDocument other in networks)
        {
            foreach (NetworkPool pool in other.Pools)
            {
                if (AddressNumber.Overlap(pool.Subnet!.Value, subnet))
                    throw new ConflictException($"The subnet {subnet} of the network {network} overlaps with {pool.Subnet} of the network {other.Name}. Choose another one, or remove that network.");
            }
        }

        foreach ((IPNetwork other, string name) in used)
        {
            if (AddressNumber.Overlap(other, subnet))
                throw new ConflictException($"The subnet {subnet} of the network {network} overlaps with {other}, which the interface {name} of this machine uses. Choose another one.");
        }
    }

    private static List<IPNetwork> Taken(IEnumerable<NetworkDocument> networks, IReadOnlyList<(IPNetwork Subnet, string Interface)> used)
        => [.. networks.SelectMany(network => network.Pools).Select(pool => pool.Subnet!.Value), .. used.Select(each => each.Subnet)];

    private static void Require(bool condition, string option, object? value, string allowed)
    {
        if (!condition)
            throw BridgeOptions.Invalid(option, value, allowed);
    }
}
