using System.Net;
using System.Net.Sockets;
using ContainerKit.Containers.Listing;

namespace ContainerKit.Containers.Specs;

/// <content>Networks, ports and names.</content>
internal static partial class ContainerSpecValidator
{
    private const string HostGateway = "host-gateway";
    private const int HighestPort = 65535;

    private static void ValidateNetworks(ContainerSpec spec)
    {
        Require(
            spec.Network == NetworkMode.Default || spec.Networks.IsEmpty,
            nameof(spec.Networks), spec.Networks.Length == 0 ? "" : spec.Networks[0].Network, $"none with the network mode {spec.Network}");
        Require(spec.Network == NetworkMode.Default || spec.Ports.IsEmpty, nameof(spec.Ports), spec.Ports.Length == 0 ? "" : spec.Ports[0].ContainerPort, $"none with the network mode {spec.Network}");
        HashSet<string> networks = new(StringComparer.Ordinal);
        foreach (NetworkAttachment attachment in spec.Networks)
        {
            Validate(attachment);
            Require(networks.Add(attachment.Network), nameof(spec.Networks), attachment.Network, "each network once");
        }

        foreach (PortMapping port in spec.Ports)
            Validate(port);
        foreach (string port in spec.ExposedPorts)
            Require(PortFilter.TryParse(port, out _), nameof(spec.ExposedPorts), port, "a port or a range, with /tcp, /udp or /sctp or without");
        foreach (string host in spec.ExtraHosts)
            Require(ParseHost(host) is { } parsed && (parsed.Address == HostGateway || IPAddress.TryParse(parsed.Address, out _)), nameof(spec.ExtraHosts), host, $"NAME:ADDRESS, where the address may be {HostGateway}");
        foreach (string server in spec.DnsServers)
            Require(IPAddress.TryParse(server, out _), nameof(spec.DnsServers), server, "an IP address");
        foreach (string word in spec.DnsSearch.Concat(spec.DnsOptions))
            Require(word is { Length: > 0 } && !word.AsSpan().ContainsAny(" \t\r\n\0"), "DNS setting", word, "a word");
    }

    internal static void Validate(NetworkAttachment attachment)
    {
        Require(!string.IsNullOrEmpty(attachment.Network), "network", attachment.Network, "a network's name or id");
        Require(attachment.IPv4Address is null || attachment.IPv4Address.AddressFamily == AddressFamily.InterNetwork, nameof(attachment.IPv4Address), attachment.IPv4Address, "an IPv4 address");
        Require(attachment.IPv6Address is null || attachment.IPv6Address.AddressFamily == AddressFamily.InterNetworkV6, nameof(attachment.IPv6Address), attachment.IPv6Address, "an IPv6 address");
        Require(attachment.MacAddress is null || IsMac(attachment.MacAddress), nameof(attachment.MacAddress), attachment.MacAddress, "a MAC address of one interface, as in 02:42:ac:11:00:02");
        foreach (string alias in attachment.Aliases)
            Require(IsHostname(alias), "alias", alias, "letters, digits, '-', '_' and '.'");
        foreach (string link in attachment.Links)
            Require(link.Length > 0 && link[0] != ':' && link[^1] != ':', "link", link, "CONTAINER or CONTAINER:ALIAS");
    }

    /// <summary>Docker's form, with ':' or '=' behind the name; IPv6 addresses have colons themselves.</summary>
    internal static (string Name, string Address)? ParseHost(string host)
    {
        int end = host.AsSpan().IndexOfAny(':', '=');
        return end > 0 && IsHostname(host[..end]) ? (host[..end], host[(end + 1)..].Trim('[', ']')) : null;
    }

    private static void Validate(PortMapping port)
    {
        Require(port.ContainerPort is > 0 and <= HighestPort, "container port", port.ContainerPort, "1 to 65535");
        Require(port.HostPort is null or (>= 0 and <= HighestPort), "host port", port.HostPort, "1 to 65535, or none for a free one");
        Require(port.LastHostPort is null || (port.HostPort > 0 && port.LastHostPort >= port.HostPort && port.LastHostPort <= HighestPort), "last host port", port.LastHostPort, "a port not below the first one");
        Require(Enum.IsDefined(port.Protocol), "protocol", port.Protocol, "Tcp, Udp or Sctp");
    }

    /// <summary>Six bytes, and not an address of a group.</summary>
    private static bool IsMac(string text)
    {
        string[] bytes = text.Split(':', '-');
        return bytes.Length == 6 && bytes.All(each => each.Length == 2 && each.All(char.IsAsciiHexDigit)) && (Convert.ToByte(bytes[0], 16) & 1) == 0;
    }
}
