namespace ContainerKit;

/// <summary>A network as it was at one moment.</summary>
public sealed record NetworkInfo
{
    /// <summary>64 hexadecimal digits, unique.</summary>
    public required string Id { get; init; }

    /// <summary>The name, unique in the data root.</summary>
    public required string Name { get; init; }

    /// <summary>The driver: bridge, macvlan, ipvlan; host and null for the predefined ones.</summary>
    public required string Driver { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>True: no way out.</summary>
    public bool IsInternal { get; init; }

    /// <summary>True: containers have IPv6 addresses.</summary>
    public bool HasIPv6 { get; init; }

    /// <summary>True for bridge, host and none, which are there from the beginning and can't be removed.</summary>
    public bool IsPredefined { get; init; }

    /// <summary>The subnets, complete.</summary>
    public IReadOnlyList<NetworkPool> Pools { get; init; } = [];

    /// <summary>Labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>The options of the driver.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>The interface of this machine that the network is; null for drivers that have none. It is there while containers use the network.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>The addresses that are in use, by container id. Of all engines of the data root.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Addresses { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
