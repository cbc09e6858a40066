using System.Collections.Immutable;
using System.Net;

namespace ContainerKit.Compose.Services;

/// <summary>Networks, ports and names.</summary>
internal sealed class NetworkReader(ServiceContext context, string service)
{
    public const string DefaultNetwork = "default";
    private const string OfService = "service:";
    private const string OfContainer = "container:";

    public ContainerSpec Read(Section section, ContainerSpec spec, HashSet<string> shares, Dictionary<string, ComposeDependency> dependencies)
    {
        ImmutableArray<string> links = ReadLinks(section, dependencies);
        string? mode = section.Text("network_mode");
        if (mode is not null && section.Has("networks"))
            throw section.Error("networks", "a service has networks or a network_mode");
        spec = mode is null ? ReadNetworks(section, spec, links) : ReadMode(section, spec, mode, shares);
        foreach (Section port in section.Each("ports"))
            spec = spec.WithPort(ReadPort(port));
        foreach (string port in section.Texts("expose"))
            spec = spec.WithExposedPort(port);
        foreach (string host in section.Texts("extra_hosts"))
        {
            int equals = host.IndexOf('=', StringComparison.Ordinal);
            spec = spec.WithExtraHost(host[..equals], host[(equals + 1)..]);
        }

        return section.Texts("dns").Aggregate(spec, (result, server) => result.WithDnsServer(server)) with { DnsSearch = section.Texts("dns_search"), DnsOptions = section.Texts("dns_opt") };
    }

    private ContainerSpec ReadMode(Section section, ContainerSpec spec, string mode, HashSet<string> shares)
    {
        section.Refuse("it needs a network of the file", "mac_address", "links", "external_links");
        switch (mode)
        {
            case "none":
                return spec.WithNetwork(NetworkMode.None);
            case "host":
                return spec.WithNetwork(NetworkMode.Host);
            case "bridge" or "default":
                return spec;
            case var _ when mode.StartsWith(OfService, StringComparison.Ordinal):
                string other = mode[OfService.Length..];
                shares.Add(other);
                return spec.WithNetworkOf(context.FirstContainers.GetValueOrDefault(other) ?? throw section.Error("network_mode", $"there is no service '{other}'"));
            case var _ when mode.StartsWith(OfContainer, StringComparison.Ordinal):
                return spec.WithNetworkOf(mode[OfContainer.Length..]);
            default:
                return spec.WithNetwork(new NetworkAttachment(mode));
        }
    }

    private ContainerSpec ReadNetworks(Section section, ContainerSpec spec, ImmutableArray<string> links)
    {
        string? macAddress = section.Text("mac_address");
        List<(string Name, Section? Section)> networks = [.. section.Named("networks").Select(network => (network.Name, (Section?)network.Section))];
        if (networks.Count == 0)
            networks.Add((DefaultNetwork, null));
        foreach ((string name, Section? options) in networks)
        {
            ProjectNetwork network = context.Networks.GetValueOrDefault(name) ?? throw section.Error("networks", $"there is no network '{name}': add it to the networks of the file");
            options?.Refuse("the engine has no such option of a network's member", "driver_opts", "interface_name", "gw_priority", "link_local_ips");
            spec = spec.WithNetwork(new NetworkAttachment(network.Name)
            {
                Aliases = [.. new[] { service }.Concat(options?.Texts("aliases") ?? []).Distinct()],
                IPv4Address = options?.Parse("ipv4_address", IPAddress.Parse),
                IPv6Address = options?.Parse("ipv6_address", IPAddress.Parse),
                MacAddress = options?.Text("mac_address") ?? macAddress,
                Priority = (int?)options?.Number("priority", int.MinValue, int.MaxValue) ?? 0,
                Links = links,
            });
            options?.End();
        }

        return spec;
    }

    private ImmutableArray<string> ReadLinks(Section section, Dictionary<string, ComposeDependency> dependencies)
    {
        List<string> result = [];
        foreach (string link in section.Texts("links"))
        {
            string[] parts = link.Split(':', 2);
            result.Add($"{context.FirstContainers.GetValueOrDefault(parts[0]) ?? throw section.Error("links", $"there is no service '{parts[0]}'")}:{parts[^1]}");
            dependencies.TryAdd(parts[0], new ComposeDependency(parts[0], ComposeCondition.Started));
        }

        result.AddRange(section.Texts("external_links").Select(link => link.Contains(':', StringComparison.Ordinal) ? link : $"{link}:{link}"));
        return [.. result];
    }

    private static PortMapping ReadPort(Section port)
    {
        // One machine: a port of it is a port of the only host. The rest is for readers of the file.
        port.Accept("mode", "name", "app_protocol");
        int target = (int?)port.Number("target", 1, ushort.MaxValue) ?? throw port.Error("", "target is required");
        string published = port.Text("published") is { Length: > 0 } text ? $"{text}:" : "";
        string? host = port.Text("host_ip");
        string protocol = port.Text("protocol") ?? "tcp";
        string address = host is null ? "" : host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:" : $"{host}:";
        string colon = address.Length > 0 && published.Length == 0 ? ":" : "";
        port.End();
        return port.Guard(published.Length > 0 ? "published" : "target", () => PortMapping.Parse($"{address}{published}{colon}{target}/{protocol}"))[0];
    }
}
