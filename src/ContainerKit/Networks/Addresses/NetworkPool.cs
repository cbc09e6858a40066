using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;
using ContainerKit.Networks.Addresses;

namespace ContainerKit;

/// <summary>A subnet, and which of its addresses are given to containers.</summary>
public sealed record NetworkPool
{
    /// <summary>The subnet; null: one that is free on this machine.</summary>
    [JsonConverter(typeof(SubnetJsonConverter))]
    public IPNetwork? Subnet { get; init; }

    /// <summary>The part of it that addresses are chosen from; null: all of it. Addresses that are asked for may be outside.</summary>
    [JsonConverter(typeof(SubnetJsonConverter))]
    public IPNetwork? Range { get; init; }

    /// <summary>The address of this machine in it, which is the containers' way out; null: the first one.</summary>
    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? Gateway { get; init; }

    /// <summary>Addresses that are never given to containers, by names that mean nothing here.</summary>
    public ImmutableSortedDictionary<string, string> AuxiliaryAddresses { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
