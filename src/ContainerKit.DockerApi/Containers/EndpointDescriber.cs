using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.DockerApi.Contracts;

namespace ContainerKit.DockerApi.Containers;

/// <summary>The networks, ports and mounts of a container, as inspect and list have them.</summary>
internal static class EndpointDescriber
{
    /// <summary>By name; while the container does not run, with what it asked for and no addresses.</summary>
    internal static SortedDictionary<string, EndpointConfigBody> Networks(ContainerInfo info, NetworkNames names)
    {
        SortedDictionary<string, EndpointConfigBody> endpoints = new(StringComparer.Ordinal);
        if (info.Spec.Network is NetworkMode.Host or NetworkMode.None)
        {
            (string name, string id) = names.Find(info.Spec.Network == NetworkMode.Host ? "host" : "none");
            endpoints[name] = new EndpointConfigBody { NetworkID = id, EndpointID = "", Gateway = "", IPAddress = "", IPv6Gateway = "", GlobalIPv6Address = "", MacAddress = "" };
        }

        foreach (NetworkAttachment attachment in info.NetworkAttachments)
        {
            (string name, string id) = names.Find(attachment.Network);
            endpoints[name] = Describe(attachment, id, info.Networks.FirstOrDefault(endpoint => endpoint.NetworkId == id || endpoint.NetworkName == name));
        }

        return endpoints;
    }

    internal static SortedDictionary<string, IReadOnlyList<PortBindingBody>?> Ports(ContainerInfo info, IEnumerable<string> exposed)
    {
        SortedDictionary<string, IReadOnlyList<PortBindingBody>?> ports = new(StringComparer.Ordinal);
        if (info.ProcessId is null)
            return ports;
        foreach (string port in exposed)
            ports[port.Contains('/', StringComparison.Ordinal) ? port : port + "/tcp"] = null;
        foreach (IGrouping<string, PublishedPort> published in info.Ports.GroupBy(port => HostConfigMapper.PortName(port.ContainerPort, port.Protocol)))
            ports[published.Key] = [.. published.Select(port => new PortBindingBody(port.HostAddress.ToString(), port.HostPort.ToString(CultureInfo.InvariantCulture)))];
        return ports;
    }

    internal static IReadOnlyList<MountPointBody> Mounts(ContainerInfo info) =>
    [
        .. info.Spec.Binds.Select(bind => new MountPointBody
        {
            Type = "bind",
            Source = Path.GetFullPath(bind.Source),
            Destination = bind.Target,
            Mode = bind.ReadOnly ? "ro" : "",
            RW = !bind.ReadOnly,
            Propagation = HostConfigMapper.Propagation(bind.Propagation),
        }),
        .. info.Volumes.Select(volume => new MountPointBody
        {
            Type = "volume",
            Name = volume.Name,
            Source = volume.MountPoint,
            Destination = volume.Target,
            Driver = VolumeSpec.LocalDriver,
            Mode = volume.ReadOnly ? "ro" : "z",
            RW = !volume.ReadOnly,
        }),
        .. info.Spec.Tmpfs.Select(tmpfs => new MountPointBody { Type = "tmpfs", Source = "", Destination = tmpfs.Target, RW = !tmpfs.ReadOnly }),
    ];

    private static EndpointConfigBody Describe(NetworkAttachment attachment, string id, NetworkEndpointInfo? endpoint) => new()
    {
        IPAMConfig = attachment.IPv4Address is null && attachment.IPv6Address is null
            ? null
            : new EndpointAddressBody { IPv4Address = attachment.IPv4Address?.ToString(), IPv6Address = attachment.IPv6Address?.ToString() },
        Links = attachment.Links.IsEmpty ? null : attachment.Links,
        Aliases = attachment.Aliases.IsEmpty ? null : attachment.Aliases,
        GwPriority = attachment.Priority,
        NetworkID = id,
        EndpointID = endpoint?.EndpointId ?? "",
        MacAddress = endpoint?.MacAddress ?? "",
        Gateway = endpoint?.IPv4Gateway?.ToString() ?? "",
        IPAddress = endpoint?.IPv4Address?.ToString() ?? "",
        IPPrefixLen = endpoint?.IPv4PrefixLength ?? 0,
        IPv6Gateway = endpoint?.IPv6Gateway?.ToString() ?? "",
        GlobalIPv6Address = endpoint?.IPv6Address?.ToString() ?? "",
        GlobalIPv6PrefixLen = endpoint?.IPv6PrefixLength ?? 0,
        DNSNames = endpoint is null ? null : endpoint.Aliases.ToImmutableArray(),
    };
}
