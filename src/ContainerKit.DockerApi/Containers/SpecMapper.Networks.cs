using System.Net;
using ContainerKit.DockerApi.Contracts;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <content>Networks, ports and names.</content>
internal sealed partial class SpecMapper
{
    private const string ContainerPrefix = "container:";

    /// <summary>From this version on a container can be created in several networks, and has a MAC address in each.</summary>
    private const int SeveralNetworksVersion = 44;

    private ContainerSpec WithNetworks(ContainerSpec spec)
    {
        spec = spec with
        {
            DnsServers = [.. _host.Dns ?? []],
            DnsSearch = [.. _host.DnsSearch ?? []],
            DnsOptions = [.. _host.DnsOptions ?? []],
            ExtraHosts = [.. _host.ExtraHosts ?? []],
            ExposedPorts = [.. _config.ExposedPorts?.Keys ?? []],
            PublishAllPorts = _host.PublishAllPorts,
            Ports = [.. MapPorts()],
        };
        string mode = Text(_host.NetworkMode) ?? "default";
        if (_config.NetworkDisabled == true)
            mode = "none";
        if (mode.StartsWith(ContainerPrefix, StringComparison.Ordinal))
            return WithNetworkOfContainer(spec, mode[ContainerPrefix.Length..]);
        if (mode is "none" or "host")
            return WithoutNetworks(spec, mode);
        return spec with { Networks = [.. MapAttachments(mode is "default" ? "bridge" : mode)] };
    }

    private ContainerSpec WithNetworkOfContainer(ContainerSpec spec, string container)
    {
        Conflict(Text(_config.Hostname) is not null, "hostname and the network mode");
        Conflict(!spec.Ports.IsEmpty || _host.PublishAllPorts, "port publishing and the container type network mode");
        Conflict(_config.ExposedPorts is { Count: > 0 }, "port exposing and the container type network mode");
        Conflict(_host.Links is { Count: > 0 }, "links and the container type network mode");
        Conflict(!spec.DnsServers.IsEmpty, "dns and the network mode");
        Conflict(!spec.ExtraHosts.IsEmpty, "custom host-to-IP mapping and the network mode");
        Conflict(Text(_config.MacAddress) is not null, "mac-address and the network mode");
        return spec.WithNetworkOf(container);
    }

    private ContainerSpec WithoutNetworks(ContainerSpec spec, string mode)
    {
        if (!spec.Ports.IsEmpty || spec.PublishAllPorts)
            _warnings.Add($"Published ports are discarded when using {mode} network mode");
        return spec with { Network = mode == "host" ? ContainerKit.NetworkMode.Host : ContainerKit.NetworkMode.None, Ports = [], PublishAllPorts = false };
    }

    /// <summary>Nothing at all for the default network without wishes: then its interface may be one that is prepared already.</summary>
    private List<NetworkAttachment> MapAttachments(string primary)
    {
        Dictionary<string, EndpointConfigBody?> endpoints = new(StringComparer.Ordinal);
        foreach ((string name, EndpointConfigBody? endpoint) in _config.NetworkingConfig?.EndpointsConfig ?? new Dictionary<string, EndpointConfigBody?>())
            endpoints[name == "default" ? "bridge" : name] = endpoint;
        if (endpoints.Count > 1 && !_version.IsAtLeast(SeveralNetworksVersion))
            throw ApiException.BadRequest($"Container cannot be connected to network endpoints: {string.Join(", ", endpoints.Keys.Order(StringComparer.Ordinal))}");

        // Of one network there may be two names: the mode's, and another one's with the wishes.
        if (!endpoints.ContainsKey(primary))
            endpoints[primary] = null;
        List<NetworkAttachment> attachments = [];
        foreach ((string name, EndpointConfigBody? endpoint) in endpoints.OrderBy(pair => pair.Key == primary ? 0 : 1).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            NetworkAttachment attachment = EndpointMapper.Map(name, endpoint);
            if (name == primary)
            {
                attachment = attachment with
                {
                    MacAddress = attachment.MacAddress ?? Text(_config.MacAddress),
                    Links = [.. attachment.Links, .. _host.Links ?? []],
                };
            }

            attachments.Add(attachment);
        }

        return attachments is [var only] && only.Network == "bridge" && EndpointMapper.IsPlain(only) ? [] : attachments;
    }

    private IEnumerable<PortMapping> MapPorts()
    {
        foreach ((string port, IReadOnlyList<PortBindingBody>? bindings) in _host.PortBindings ?? new Dictionary<string, IReadOnlyList<PortBindingBody>?>())
        {
            foreach (PortMapping inside in PortMapping.Parse(port))
            {
                foreach (PortBindingBody binding in bindings is { Count: > 0 } ? bindings : [new PortBindingBody(null, null)])
                    yield return Map(port, inside, binding);
            }
        }
    }

    private static PortMapping Map(string port, PortMapping inside, PortBindingBody binding)
    {
        IPAddress? address = null;
        if (Text(binding.HostIp) is { } ip && !IPAddress.TryParse(ip.Trim('[', ']'), out address))
            throw ApiException.BadRequest($"invalid IP address '{ip}' of the port {port}");
        string[] ends = Text(binding.HostPort) is { } text ? text.Split('-') : [];
        int[] numbers = [.. ends.Select(end => ushort.TryParse(end, out ushort number) ? number : throw ApiException.BadRequest($"invalid port specification: \"{binding.HostPort}\""))];
        if (numbers.Length > 2 || (numbers.Length == 2 && numbers[0] > numbers[1]))
            throw ApiException.BadRequest($"invalid port specification: \"{binding.HostPort}\"");
        return inside with
        {
            // The addresses of everything are what no address means.
            HostAddress = address,
            HostPort = numbers is [> 0, ..] ? numbers[0] : null,
            LastHostPort = numbers is [var first, var last] && first != last ? last : null,
        };
    }

    private static void Conflict(bool conflicts, string options)
    {
        if (conflicts)
            throw ApiException.BadRequest($"conflicting options: {options}");
    }
}
