using System.Globalization;
using System.Net;
using System.Text.Json.Serialization;
using ContainerKit.Networks.Addresses;

namespace ContainerKit;

/// <summary>A port of a container that is to be reachable by a port of this machine.</summary>
/// <param name="ContainerPort">1 to 65535.</param>
public sealed record PortMapping(int ContainerPort)
{
    /// <summary>The port of this machine; null: one that is free.</summary>
    public int? HostPort { get; init; }

    /// <summary>The last port of the range that it is chosen from, with <see cref="HostPort"/> as the first; null: there is no range.</summary>
    public int? LastHostPort { get; init; }

    /// <summary>The address of this machine; null: all of them, or what the network says.</summary>
    [JsonConverter(typeof(AddressJsonConverter))]
    public IPAddress? HostAddress { get; init; }

    /// <summary>The protocol. Default TCP.</summary>
    public PortProtocol Protocol { get; init; }

    /// <summary>Reads Docker's form: <c>[ADDRESS:][HOST[-HOST]:]CONTAINER[-CONTAINER][/tcp|udp|sctp]</c>.</summary>
    /// <param name="text">As in <c>127.0.0.1:8080:80/tcp</c>.</param>
    /// <returns>A mapping for each port of the container.</returns>
    /// <exception cref="FormatException">It is nothing of the kind.</exception>
    public static IReadOnlyList<PortMapping> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string rest = text;
        PortProtocol protocol = PortProtocol.Tcp;
        if (rest.LastIndexOf('/') is var slash and >= 0)
        {
            if (!Enum.TryParse(rest[(slash + 1)..], ignoreCase: true, out protocol) || !Enum.IsDefined(protocol))
                throw Invalid(text);
            rest = rest[..slash];
        }

        int colon = rest.LastIndexOf(':');
        (int first, int last) = Range(rest[(colon + 1)..], text);
        string host = colon < 0 ? "" : rest[..colon];
        IPAddress? address = null;
        colon = host.LastIndexOf(':');
        if (colon >= 0)
        {
            string given = host[..colon].Trim('[', ']');

            // The shorter forms of IPv4 addresses, 1.2.3 for 1.2.0.3, are more often mistakes.
            if (given.Length > 0 && (!IPAddress.TryParse(given, out address) || (!given.Contains(':', StringComparison.Ordinal) && given.Count('.') != 3)))
                throw Invalid(text);
            host = host[(colon + 1)..];
        }

        (int First, int Last)? hosts = host.Length == 0 ? null : Range(host, text);
        bool isParallel = hosts is { } range && range.Last - range.First == last - first;
        if (hosts is not null && !isParallel && first != last)
            throw Invalid(text);
        List<PortMapping> mappings = [];
        for (int port = first; port <= last; port++)
        {
            mappings.Add(new PortMapping(port)
            {
                HostAddress = address,
                Protocol = protocol,
                HostPort = hosts is null ? null : isParallel ? hosts.Value.First + port - first : hosts.Value.First,
                LastHostPort = hosts is null || isParallel ? null : hosts.Value.Last,
            });
        }

        return mappings;
    }

    private static (int First, int Last) Range(string text, string whole)
    {
        string[] ends = text.Split('-');
        return ends.Length <= 2
            && ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
            && ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last)
            && first > 0 && first <= last
            ? (first, last)
            : throw Invalid(whole);
    }

    private static FormatException Invalid(string text) => new($"'{text}' is no port mapping: expected [ADDRESS:][HOST[-HOST]:]CONTAINER[-CONTAINER][/tcp|udp|sctp].");
}
