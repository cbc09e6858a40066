using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Networks;

/// <summary>Networks as Docker writes them.</summary>
internal static class NetworkMapping
{
    private const string DefaultDriver = "default";

    internal static NetworkContract ToContract(NetworkInfo network, IReadOnlyList<ContainerInfo> containers) => new()
    {
        Name = network.Name,
        Id = network.Id,
        Created = DockerTime.Format(network.CreatedAt),
        Driver = network.Driver,
        EnableIPv4 = network.Pools.Count == 0 || network.Pools.Any(pool => pool.Subnet?.BaseAddress.AddressFamily == AddressFamily.InterNetwork),
        EnableIPv6 = network.HasIPv6,
        IPAM = new AddressManagementContract { Driver = DefaultDriver, Config = [.. network.Pools.Select(ToContract)] },
        Internal = network.IsInternal,
        Options = network.Options,
        Labels = network.Labels,
        Containers = ToMembers(network.Id, containers),
    };

    internal static NetworkSpec ToSpec(NetworkCreateContract body)
    {
        if (string.IsNullOrEmpty(body.Name))
            throw ApiException.BadRequest("Name is missing: the network's name is wanted.");
        if (body.Scope is not (null or "" or "local"))
            throw ApiException.BadRequest($"Scope '{body.Scope}' is not supported: networks of this engine are of this machine (local).");
        if (body.Ingress)
            throw ApiException.BadRequest("Ingress is not supported: it is of a swarm, which this engine has not.");
        if (body.ConfigOnly || body.ConfigFrom is { Network.Length: > 0 })
            throw ApiException.BadRequest("ConfigOnly and ConfigFrom are not supported: give the configuration itself.");
        if (body.IPAM?.Driver is not (null or "" or DefaultDriver))
            throw ApiException.BadRequest($"IPAM driver '{body.IPAM.Driver}' is not supported: addresses are managed by the engine itself (default).");
        if (body.IPAM?.Options is { Count: > 0 } options)
            throw ApiException.BadRequest($"IPAM option '{options.First().Key}' is not supported: there are none.");
        var spec = new NetworkSpec
        {
            Name = body.Name,
            Driver = string.IsNullOrEmpty(body.Driver) || body.Driver == DefaultDriver ? NetworkSpec.BridgeDriver : body.Driver,
            IsInternal = body.Internal,
            HasIPv4 = body.EnableIPv4 ?? true,
            HasIPv6 = body.EnableIPv6 ?? false,
            Labels = (body.Labels ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal),
            Options = (body.Options ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
        return (body.IPAM?.Config ?? []).Aggregate(spec, (made, pool) => made.WithPool(ToPool(pool)));
    }

    internal static NetworkAttachment ToAttachment(string network, EndpointSettingsContract? settings)
    {
        if (settings?.IPAMConfig?.LinkLocalIPs is [{ } address, ..])
            throw ApiException.BadRequest($"LinkLocalIPs '{address}' is not supported: the kernel chooses link-local addresses.");
        if (settings?.DriverOpts is { Count: > 0 } options)
            throw ApiException.BadRequest($"DriverOpts '{options.First().Key}' is not supported: endpoints have no options.");
        return new NetworkAttachment(network)
        {
            Aliases = [.. settings?.Aliases ?? []],
            Links = [.. settings?.Links ?? []],
            IPv4Address = ParseAddress("IPv4Address", settings?.IPAMConfig?.IPv4Address),
            IPv6Address = ParseAddress("IPv6Address", settings?.IPAMConfig?.IPv6Address),
            MacAddress = string.IsNullOrEmpty(settings?.MacAddress) ? null : settings.MacAddress,
            Priority = settings?.GwPriority ?? 0,
        };
    }

    private static AddressPoolContract ToContract(NetworkPool pool) => new()
    {
        Subnet = pool.Subnet?.ToString(),
        IPRange = pool.Range?.ToString(),
        Gateway = pool.Gateway?.ToString(),
        AuxiliaryAddresses = pool.AuxiliaryAddresses is { Count: > 0 } addresses ? new Dictionary<string, string>(addresses) : null,
    };

    private static NetworkPool ToPool(AddressPoolContract pool)
    {
        var result = new NetworkPool
        {
            Subnet = ParseSubnet("Subnet", pool.Subnet),
            Range = ParseSubnet("IPRange", pool.IPRange),
            Gateway = ParseAddress("Gateway", pool.Gateway),
        };
        return pool.AuxiliaryAddresses is { Count: > 0 } addresses ? result with { AuxiliaryAddresses = addresses.ToImmutableSortedDictionary(StringComparer.Ordinal) } : result;
    }

    private static SortedDictionary<string, NetworkMemberContract> ToMembers(string networkId, IReadOnlyList<ContainerInfo> containers)
    {
        SortedDictionary<string, NetworkMemberContract> members = new(StringComparer.Ordinal);
        foreach (ContainerInfo container in containers)
        {
            if (container.Networks.FirstOrDefault(endpoint => endpoint.NetworkId == networkId) is { } endpoint)
            {
                members[container.Id] = new NetworkMemberContract(
                    container.Name,
                    endpoint.EndpointId,
                    endpoint.MacAddress,
                    endpoint.IPv4Address is null ? "" : $"{endpoint.IPv4Address}/{endpoint.IPv4PrefixLength}",
                    endpoint.IPv6Address is null ? "" : $"{endpoint.IPv6Address}/{endpoint.IPv6PrefixLength}");
            }
        }

        return members;
    }

    private static IPAddress? ParseAddress(string name, string? text)
        => string.IsNullOrEmpty(text) ? null : IPAddress.TryParse(text, out IPAddress? address) ? address : throw ApiException.BadRequest($"{name} '{text}' is not allowed: expected an address.");

    private static IPNetwork? ParseSubnet(string name, string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;

        // Docker takes any address of the subnet; IPNetwork wants the first one.
        string[] parts = text.Split('/');
        if (parts.Length != 2 || !IPAddress.TryParse(parts[0], out IPAddress? address) || !byte.TryParse(parts[1], out byte length) || length > address.GetAddressBytes().Length * 8)
            throw ApiException.BadRequest($"{name} '{text}' is not allowed: expected a subnet such as 10.5.0.0/24.");
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), length);
    }
}
