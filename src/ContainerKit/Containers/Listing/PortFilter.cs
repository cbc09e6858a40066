using System.Globalization;
using ContainerKit.Filters;

namespace ContainerKit.Containers.Listing;

/// <summary>A port or a range of ports with a protocol, as in <c>80</c>, <c>80/tcp</c>, <c>8000-8080/udp</c>; tcp where none is given.</summary>
internal readonly record struct PortFilter(int First, int Last, string Protocol)
{
    internal static PortFilter Parse(string name, string text)
        => TryParse(text, out PortFilter port) ? port : throw FilterRules.Invalid(name, text, "a port or a range, with /tcp, /udp or /sctp or without");

    /// <summary>Whether a port of an image's configuration is one of these.</summary>
    internal bool IsMatch(string exposed)
        => TryParse(exposed, out PortFilter other) && other.Protocol == Protocol && other.First <= Last && First <= other.Last;

    /// <summary>Whether a port that is published is one of these.</summary>
    internal bool IsMatch(int port, string protocol) => First <= port && port <= Last && protocol.Equals(Protocol, StringComparison.OrdinalIgnoreCase);

    internal static bool TryParse(string text, out PortFilter port)
    {
        port = default;
        string[] parts = text.Split('/');
        string protocol = parts.Length > 1 ? parts[1] : "tcp";
        string[] ends = parts[0].Split('-');
        if (parts.Length > 2 || ends.Length > 2 || protocol is not ("tcp" or "udp" or "sctp")
            || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
            || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last)
            || first > last)
            return false;
        port = new PortFilter(first, last, protocol);
        return true;
    }
}
