using System.Globalization;
using System.Net;

namespace ContainerKit.DockerApi.Hosting;

/// <summary>Where to listen, read from Docker's form.</summary>
internal abstract record HostAddress
{
    internal sealed record UnixSocket(string Path) : HostAddress;

    internal sealed record Tcp(IPEndPoint EndPoint) : HostAddress;

    internal sealed record Descriptor(ulong Number) : HostAddress;

    /// <exception cref="FormatException">It is no address.</exception>
    internal static HostAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int separator = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = separator < 0 ? "unix" : text[..separator];
        string rest = separator < 0 ? text : text[(separator + 3)..];
        return scheme switch
        {
            "unix" when rest is ['/', _, ..] => new UnixSocket(rest),
            "fd" when ulong.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && number > 2 => new Descriptor(number),
            "tcp" when ParseEndPoint(rest.TrimEnd('/')) is { } endPoint => new Tcp(endPoint),
            _ => throw new FormatException($"'{text}' is no address to listen at: expected unix:///PATH, tcp://ADDRESS:PORT with a numeric address, or fd://NUMBER."),
        };
    }

    private static IPEndPoint? ParseEndPoint(string text)
    {
        // "localhost" and no address at all: what people write, and both mean this machine.
        if (text.StartsWith(':'))
            text = "127.0.0.1" + text;
        if (text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase))
            text = "127.0.0.1" + text["localhost".Length..];
        return text.LastIndexOf(':') > text.LastIndexOf(']') && IPEndPoint.TryParse(text, out IPEndPoint? endPoint) ? endPoint : null;
    }
}
