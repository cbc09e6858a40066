using System.Globalization;
using System.Net;
using System.Text;
using ContainerKit.Containers.Specs;
using ContainerKit.Networks;
using ContainerKit.Networks.Dns;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Translation;

/// <summary>The generated files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf.</summary>
internal static class NetworkFiles
{
    private const string LoopbackHosts =
        "127.0.0.1\tlocalhost\n" +
        "::1\tlocalhost ip6-localhost ip6-loopback\n" +
        "fe00::\tip6-localnet\n" +
        "ff00::\tip6-mcastprefix\n" +
        "ff02::1\tip6-allnodes\n" +
        "ff02::2\tip6-allrouters\n";

    private const string HostGateway = "host-gateway";

    /// <summary>All three, made anew for each start. As in Docker, the names of the host hold on the host's network, and its resolvers in either case.</summary>
    /// <param name="spec">The container's, or that of the container whose network it uses.</param>
    /// <param name="hostname">The host name inside.</param>
    /// <param name="network">What it has of networks; null for none.</param>
    /// <param name="readOnly">True: the files can't be written.</param>
    internal static RuntimeFile[] Create(ContainerSpec spec, string hostname, NetworkState? network, bool readOnly) =>
    [
        new("/etc/resolv.conf", CreateResolvers(spec, network), readOnly),
        new("/etc/hostname", Encoding.UTF8.GetBytes(hostname + "\n"), readOnly),
        new("/etc/hosts", CreateHosts(spec, hostname, network), readOnly),
    ];

    private static byte[] CreateHosts(ContainerSpec spec, string hostname, NetworkState? network)
    {
        bool isHost = spec.Network == NetworkMode.Host;
        if (isHost && spec.ExtraHosts.IsEmpty)
            return ReadHostFile("/etc/hosts");
        StringBuilder text = new(isHost ? Encoding.UTF8.GetString(ReadHostFile("/etc/hosts")) : LoopbackHosts);
        foreach (string extra in spec.ExtraHosts)
        {
            (string name, string address) = ContainerSpecValidator.ParseHost(extra)!.Value;
            address = address == HostGateway ? FindGateway(network)?.ToString() ?? "127.0.0.1" : address;
            text.Append(CultureInfo.InvariantCulture, $"{address}\t{name}\n");
        }

        foreach (string line in network?.LinkedHosts ?? [])
            text.Append(CultureInfo.InvariantCulture, $"{line}\n");
        string names = spec.Domainname is null ? hostname : $"{hostname}.{spec.Domainname} {hostname}";
        foreach (IPAddress address in (network?.Endpoints ?? []).SelectMany(endpoint => endpoint.Addresses))
            text.Append(CultureInfo.InvariantCulture, $"{address}\t{names}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IPAddress? FindGateway(NetworkState? network)
        => network?.Endpoints.Where(endpoint => endpoint.IsGateway).Select(endpoint => endpoint.IPv4Gateway ?? endpoint.IPv6Gateway).FirstOrDefault();

    private static byte[] CreateResolvers(ContainerSpec spec, NetworkState? network)
    {
        byte[] host = ReadHostFile("/etc/resolv.conf");
        bool isOwn = spec.DnsServers.IsEmpty && spec.DnsSearch.IsEmpty && spec.DnsOptions.IsEmpty;
        if (isOwn && network is not { HasNameServer: true })
            return host;
        ResolverConfiguration configuration = ResolverConfiguration.Parse(Encoding.UTF8.GetString(host));
        configuration = configuration with
        {
            Servers = spec.DnsServers.IsEmpty ? configuration.Servers : [.. spec.DnsServers.Select(server => IPAddress.Parse(server))],
            SearchDomains = spec.DnsSearch.IsEmpty ? configuration.SearchDomains : spec.DnsSearch,
            Options = spec.DnsOptions.IsEmpty ? configuration.Options : spec.DnsOptions,
        };
        if (network is { HasNameServer: true })
            configuration = configuration.ForContainer(NameServerSockets.ContainerAddress);
        return Encoding.UTF8.GetBytes(configuration.ToString());
    }

    private static byte[] ReadHostFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
