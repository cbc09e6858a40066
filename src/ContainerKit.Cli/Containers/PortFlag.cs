using System.Globalization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.Cli.Containers;

/// <summary><c>-p [ADDRESS:][PORT[-PORT]:]PORT[-PORT][/udp]</c>, and <c>--expose</c>.</summary>
internal static class PortFlag
{
    public static IEnumerable<(string Port, PortBindingBody Binding)> Read(CommandInvocation invocation, string text)
    {
        (string rest, string protocol) = Protocol(invocation, "publish", text);
        int inside = rest.LastIndexOf(':');
        (int first, int last) = Range(invocation, "publish", text, rest[(inside + 1)..]);
        string outside = inside < 0 ? "" : rest[..inside];

        // The address may be one of IPv6, in brackets.
        int address = outside.LastIndexOf(':');
        string hostPort = outside[(address + 1)..];
        string hostAddress = address < 0 ? "" : outside[..address].Trim('[', ']');
        if (hostPort.Length == 0)
        {
            for (int port = first; port <= last; port++)
                yield return ($"{port}/{protocol}", new PortBindingBody(hostAddress, ""));
            yield break;
        }

        (int firstHost, int lastHost) = Range(invocation, "publish", text, hostPort);
        if (first == last && firstHost != lastHost)
        {
            yield return ($"{first}/{protocol}", new PortBindingBody(hostAddress, $"{firstHost}-{lastHost}"));
            yield break;
        }

        if (lastHost - firstHost != last - first)
            throw invocation.Invalid("publish", text, "both ranges have to be as long");
        for (int i = 0; i <= last - first; i++)
            yield return ($"{first + i}/{protocol}", new PortBindingBody(hostAddress, (firstHost + i).ToString(CultureInfo.InvariantCulture)));
    }

    public static IEnumerable<string> ReadExposed(CommandInvocation invocation, string text)
    {
        (string range, string protocol) = Protocol(invocation, "expose", text);
        (int first, int last) = Range(invocation, "expose", text, range);
        return Enumerable.Range(first, last - first + 1).Select(port => $"{port}/{protocol}");
    }

    private static (string Range, string Protocol) Protocol(CommandInvocation invocation, string flag, string text)
    {
        int slash = text.LastIndexOf('/');
        string protocol = slash < 0 ? "tcp" : text[(slash + 1)..].ToLowerInvariant();
        return protocol is "tcp" or "udp" or "sctp" ? (slash < 0 ? text : text[..slash], protocol) : throw invocation.Invalid(flag, text, "the protocol is tcp, udp or sctp");
    }

    private static (int First, int Last) Range(CommandInvocation invocation, string flag, string text, string range)
    {
        string[] bounds = range.Split('-', 2);
        return ushort.TryParse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first) && ushort.TryParse(bounds[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last) && first <= last && first > 0
            ? (first, last)
            : throw invocation.Invalid(flag, text, $"'{range}' is no port");
    }
}
