using System.Net;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary>The flags of a container's networks.</summary>
internal static class NetworkReader
{
    private const string ContainerPrefix = "container:";

    public static ContainerSpec Read(CommandInvocation invocation, ContainerSpec spec)
    {
        bool isFirst = true;
        foreach (string network in invocation.Values("network").DefaultIfEmpty("default"))
        {
            spec = network switch
            {
                "none" => spec.WithNetwork(NetworkMode.None),
                "host" => spec.WithNetwork(NetworkMode.Host),
                _ when network.StartsWith(ContainerPrefix, StringComparison.Ordinal) => spec.WithNetworkOf(network[ContainerPrefix.Length..]),
                _ => ReadAttachment(invocation, spec, network, isFirst),
            };
            isFirst = false;
        }

        foreach (string port in invocation.Values("publish"))
            spec = spec.WithPort(PortMapping.Parse(port));
        foreach (string port in invocation.Values("expose"))
            spec = spec.WithExposedPort(port);
        foreach (string host in invocation.Values("add-host"))
        {
            // Addresses of IPv6 have colons themselves.
            int separator = host.IndexOfAny([':', '=']);
            spec = separator > 0 ? spec.WithExtraHost(host[..separator], host[(separator + 1)..].Trim('[', ']')) : throw invocation.Invalid("add-host", host, "name:address is wanted");
        }

        foreach (string server in invocation.Values("dns"))
            spec = spec.WithDnsServer(server);
        return spec with { PublishAllPorts = invocation.IsSet("publish-all"), DnsSearch = [.. invocation.Values("dns-search")], DnsOptions = [.. invocation.Values("dns-option")] };
    }

    /// <summary>The flags of the address are those of the first network.</summary>
    private static ContainerSpec ReadAttachment(CommandInvocation invocation, ContainerSpec spec, string network, bool isFirst)
    {
        string name = network == "default" ? "bridge" : network;
        if (!isFirst)
            return spec.WithNetwork(new NetworkAttachment(name));
        var attachment = new NetworkAttachment(name)
        {
            Aliases = [.. invocation.Values("network-alias")],
            IPv4Address = Address("ip"),
            IPv6Address = Address("ip6"),
            MacAddress = invocation.Value("mac-address"),
        };
        return network == "default" && attachment == new NetworkAttachment(name) with { Aliases = attachment.Aliases } && attachment.Aliases.IsEmpty ? spec : spec.WithNetwork(attachment);

        IPAddress? Address(string flag) => invocation.Value(flag) is not string text ? null : IPAddress.TryParse(text, out IPAddress? address) ? address : throw invocation.Invalid(flag, text, "an address is wanted");
    }
}
