using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using ContainerKit.Networks.Host;

namespace ContainerKit.Networks;

/// <summary>A network on disk: networks/ID.json.</summary>
internal sealed record NetworkDocument
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Driver { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool IsInternal { get; init; }

    public bool HasIPv6 { get; init; }

    /// <summary>True: there from the beginning.</summary>
    public bool IsPredefined { get; init; }

    /// <summary>True: the IPv4 subnet was chosen here, and may be chosen anew while nobody uses the network.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>True: a subnet was given, so containers may ask for addresses of it.</summary>
    public bool HasGivenSubnet { get; init; }

    public ImmutableArray<NetworkPool> Pools { get; init => field = value.IsDefault ? [] : value; } = [];

    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, string> Options { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    internal bool IsBridge => Driver == NetworkSpec.BridgeDriver;

    /// <summary>The interface of this machine. Its beginning tells ours from everybody else's, also to the firewall of other engines.</summary>
    internal string InterfaceName => Options.TryGetValue(BridgeOptions.Name, out string? name) ? name : BridgeOptions.NamePrefix + Id[..12];

    internal NetworkPool? PoolOf(AddressFamily family) => Pools.FirstOrDefault(pool => pool.Subnet!.Value.BaseAddress.AddressFamily == family);

    internal NetworkInfo ToInfo() => new()
    {
        Id = Id,
        Name = Name,
        Driver = Driver,
        CreatedAt = CreatedAt,
        IsInternal = IsInternal,
        HasIPv6 = HasIPv6,
        IsPredefined = IsPredefined,
        Pools = Pools,
        Labels = Labels,
        Options = Options,
        InterfaceName = IsBridge ? InterfaceName : null,
    };
}

/// <summary>The JSON of networks.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NetworkDocument))]
internal sealed partial class NetworkJson : JsonSerializerContext;
