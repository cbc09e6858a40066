using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Text.Json.Serialization;
using ContainerKit.Networks.Addresses;

namespace ContainerKit.Networks;

/// <summary>A running container's interface in a network; part of state.json.</summary>
internal sealed record Endpoint
{
    public required string Id { get; init; }

    public required string NetworkId { get; init; }

    public required string NetworkName { get; init; }

    public required string ContainerId { get; init; }

    /// <summary>The end of the pair on this machine; null where there is none.</summary>
    public string? PortName { get; init; }

    public required string InterfaceName { get; init; }

    /// <summary>As in 02:42:ac:11:00:02; empty where the kernel has none to choose (ipvlan).</summary>
    public required string MacAddress { get; init; }

    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? IPv4Address { get; init; }

    public int IPv4PrefixLength { get; init; }

    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? IPv4Gateway { get; init; }

    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? IPv6Address { get; init; }

    public int IPv6PrefixLength { get; init; }

    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? IPv6Gateway { get; init; }

    /// <summary>True: the container's way out.</summary>
    public bool IsGateway { get; init; }

    public ImmutableArray<string> Aliases { get; init => field = value.IsDefault ? [] : value; } = [];

    internal IEnumerable<IPAddress> Addresses => new[] { IPv4Address, IPv6Address }.OfType<IPAddress>();

    internal PhysicalAddress? Hardware => MacAddress.Length == 0 ? null : ParseMac(MacAddress);

    internal static PhysicalAddress ParseMac(string text) => PhysicalAddress.Parse(text.Replace(':', '-').ToUpperInvariant());

    internal static string FormatMac(ReadOnlySpan<byte> bytes) => string.Join(':', Convert.ToHexStringLower(bytes).Chunk(2).Select(pair => new string(pair)));

    /// <summary>The address that the kernel makes of the MAC address, RFC 4291 appendix A.</summary>
    internal IPAddress? LinkLocal()
    {
        if (Hardware?.GetAddressBytes() is not [var a, var b, var c, var d, var e, var f])
            return null;
        return new IPAddress([0xfe, 0x80, 0, 0, 0, 0, 0, 0, (byte)(a ^ 2), b, c, 0xff, 0xfe, d, e, f]);
    }

    internal NetworkEndpointInfo ToInfo() => new()
    {
        EndpointId = Id,
        NetworkId = NetworkId,
        NetworkName = NetworkName,
        ContainerId = ContainerId,
        InterfaceName = InterfaceName,
        MacAddress = MacAddress,
        IPv4Address = IPv4Address,
        IPv4PrefixLength = IPv4PrefixLength,
        IPv4Gateway = IPv4Gateway,
        IPv6Address = IPv6Address,
        IPv6PrefixLength = IPv6PrefixLength,
        IPv6Gateway = IPv6Gateway,
        Aliases = Aliases,
    };
}
