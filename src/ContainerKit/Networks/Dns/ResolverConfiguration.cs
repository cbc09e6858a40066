using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace ContainerKit.Networks.Dns;

/// <summary>What a resolv.conf(5) says.</summary>
internal sealed record ResolverConfiguration
{
    /// <summary>As the C library: those after the third are not asked.</summary>
    private const int MaximumServers = 3;

    /// <summary>The servers, in the order in which they are asked.</summary>
    public ImmutableArray<IPAddress> Servers { get; init; } = [];

    /// <summary>Domains in which short names are looked for.</summary>
    public ImmutableArray<string> SearchDomains { get; init; } = [];

    /// <summary>Further settings: <c>ndots:1</c>.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>How long one server is waited for; Docker's four seconds unless the file says otherwise.</summary>
    public TimeSpan Timeout => TimeSpan.FromSeconds(ReadOption("timeout", 4, 1, 30));

    /// <summary>How often all servers are asked.</summary>
    public int Attempts => ReadOption("attempts", 2, 1, 5);

    /// <summary>Reads a file's text. Lines that are not understood are passed over, as the C library does.</summary>
    internal static ResolverConfiguration Parse(string text)
    {
        List<IPAddress> servers = [];
        ImmutableArray<string> search = [];
        List<string> options = [];
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith('#') || line.StartsWith(';'))
            {
                continue;
            }

            string[] words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["nameserver", { } address, ..] when IPAddress.TryParse(address, out IPAddress? server) && servers.Count < MaximumServers:
                    servers.Add(server);
                    break;
                case ["search", .. string[] domains]:
                    search = [.. domains];
                    break;
                case ["domain", { } domain, ..]:
                    search = [domain];
                    break;
                case ["options", .. string[] more]:
                    options.AddRange(more);
                    break;
            }
        }

        return new ResolverConfiguration { Servers = [.. servers], SearchDomains = search, Options = [.. options] };
    }

    /// <summary>
    /// What a container is given that asks our own server. Docker writes <c>ndots:0</c>: a name without dots is tried as it is first, since those of
    /// containers have none.
    /// </summary>
    /// <param name="server">The server inside of the container.</param>
    internal ResolverConfiguration ForContainer(IPAddress server)
        => this with { Servers = [server], Options = Options.Any(o => o.StartsWith("ndots:", StringComparison.Ordinal)) ? Options : Options.Add("ndots:0") };

    /// <summary>The file's text.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (IPAddress server in Servers)
        {
            text.Append(CultureInfo.InvariantCulture, $"nameserver {server}\n");
        }

        // Docker takes "." for none, resolv.conf(5) knows no other way to leave the host's domain out.
        if (SearchDomains is not ([] or ["."]))
        {
            text.Append(CultureInfo.InvariantCulture, $"search {string.Join(' ', SearchDomains)}\n");
        }

        return Options.IsEmpty ? text.ToString() : text.Append(CultureInfo.InvariantCulture, $"options {string.Join(' ', Options)}\n").ToString();
    }

    private int ReadOption(string name, int missing, int minimum, int maximum)
    {
        string? option = Options.LastOrDefault(o => o.StartsWith(name + ":", StringComparison.Ordinal));
        return option is not null && int.TryParse(option.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? Math.Clamp(value, minimum, maximum)
            : missing;
    }
}
