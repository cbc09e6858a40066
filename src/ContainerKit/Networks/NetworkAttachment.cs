using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Serialization;
using ContainerKit.Networks.Addresses;

namespace ContainerKit;

/// <summary>A container's place in a network; null chooses.</summary>
/// <param name="Network">The network's name or id.</param>
public sealed record NetworkAttachment(string Network)
{
    /// <summary>Further names by which the other containers of the network find it.</summary>
    public ImmutableArray<string> Aliases { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The IPv4 address that it is to have; only in networks with a subnet that was given.</summary>
    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? IPv4Address { get; init; }

    /// <summary>The IPv6 address that it is to have; only in networks with a subnet that was given.</summary>
    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? IPv6Address { get; init; }

    /// <summary>The MAC address, as in <c>02:42:ac:11:00:02</c>; null: one that is made up.</summary>
    public string? MacAddress { get; init; }

    /// <summary>Of several networks the one with the highest number is the way out; then the first name. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Other containers and what they are called here only, as in <c>db:database</c>.</summary>
    public ImmutableArray<string> Links { get; init => field = value.IsDefault ? [] : value; } = [];
}
