using System.Text.Json.Serialization;

namespace ContainerKit.DockerApi.Networks;

/// <summary>A network with all that is known of it.</summary>
internal sealed record NetworkContract
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Created { get; init; }

    public string Scope { get; init; } = "local";

    public required string Driver { get; init; }

    public bool EnableIPv4 { get; init; }

    public bool EnableIPv6 { get; init; }

    public required AddressManagementContract IPAM { get; init; }

    public bool Internal { get; init; }

    public bool Attachable { get; init; }

    public bool Ingress { get; init; }

    public NetworkOriginContract ConfigFrom { get; init; } = new("");

    public bool ConfigOnly { get; init; }

    /// <summary>By container id; empty in a list.</summary>
    public IReadOnlyDictionary<string, NetworkMemberContract> Containers { get; init; } = new Dictionary<string, NetworkMemberContract>();

    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}

/// <summary>The network that another one takes its configuration from.</summary>
internal sealed record NetworkOriginContract(string Network);

/// <summary>The subnets of a network.</summary>
internal sealed record AddressManagementContract
{
    public string? Driver { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    public IReadOnlyList<AddressPoolContract>? Config { get; init; }
}

/// <summary>A subnet.</summary>
internal sealed record AddressPoolContract
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Subnet { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IPRange { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gateway { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? AuxiliaryAddresses { get; init; }
}

/// <summary>A container in a network.</summary>
internal sealed record NetworkMemberContract(string Name, string EndpointID, string MacAddress, string IPv4Address, string IPv6Address);

/// <summary>What a network is to be.</summary>
internal sealed record NetworkCreateContract
{
    public string? Name { get; init; }

    /// <summary>Names are always checked.</summary>
    public bool? CheckDuplicate { get; init; }

    public string? Driver { get; init; }

    public string? Scope { get; init; }

    public bool? EnableIPv4 { get; init; }

    public bool? EnableIPv6 { get; init; }

    public AddressManagementContract? IPAM { get; init; }

    public bool Internal { get; init; }

    public bool Attachable { get; init; }

    public bool Ingress { get; init; }

    public bool ConfigOnly { get; init; }

    public NetworkOriginContract? ConfigFrom { get; init; }

    public Dictionary<string, string>? Options { get; init; }

    public Dictionary<string, string>? Labels { get; init; }
}

/// <summary>A network that was made.</summary>
internal sealed record NetworkCreatedContract(string Id, string Warning);

/// <summary>Connects a container.</summary>
internal sealed record NetworkConnectContract
{
    public string? Container { get; init; }

    public EndpointSettingsContract? EndpointConfig { get; init; }
}

/// <summary>Disconnects a container.</summary>
internal sealed record NetworkDisconnectContract
{
    public string? Container { get; init; }

    public bool Force { get; init; }
}

/// <summary>How a container is connected.</summary>
internal sealed record EndpointSettingsContract
{
    public EndpointAddressContract? IPAMConfig { get; init; }

    public IReadOnlyList<string>? Links { get; init; }

    public IReadOnlyList<string>? Aliases { get; init; }

    public string? MacAddress { get; init; }

    public IReadOnlyDictionary<string, string>? DriverOpts { get; init; }

    public int GwPriority { get; init; }
}

/// <summary>The addresses that a container is to have.</summary>
internal sealed record EndpointAddressContract
{
    public string? IPv4Address { get; init; }

    public string? IPv6Address { get; init; }

    public IReadOnlyList<string>? LinkLocalIPs { get; init; }
}

/// <summary>The networks that pruning has removed, by name.</summary>
internal sealed record NetworkPruneContract(IReadOnlyList<string>? NetworksDeleted);
