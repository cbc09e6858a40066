using System.Collections.Immutable;
using System.Net;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Listing;
using ContainerKit.Containers.State;
using ContainerKit.Networks;
using ContainerKit.Networks.Control;

namespace ContainerKit.Containers;

/// <summary>What a container's spec means for its networks.</summary>
internal static class ContainerNetworking
{
    /// <summary>True for a container that is nowhere but in the default network, so that its interface can be prepared.</summary>
    internal static bool UsesDefaultOnly(ContainerContext context, ContainerSpec spec)
        => spec is { Network: NetworkMode.Default, Networks.IsEmpty: true } && context.Networks.IsAvailable;

    /// <summary>True for a container that is in networks of ours.</summary>
    internal static bool UsesNetworks(ContainerContext context, ContainerSpec spec)
        => spec.Network == NetworkMode.Default && (context.Networks.IsAvailable || !spec.Networks.IsEmpty || !spec.Ports.IsEmpty || spec.PublishAllPorts);

    /// <summary>The networks by id, as the configuration keeps them: a later network of the same name is not taken for the one that was meant.</summary>
    /// <exception cref="NotFoundException">There is no such network.</exception>
    internal static ImmutableArray<NetworkAttachment> Resolve(ContainerContext context, ContainerSpec spec)
    {
        if (!UsesNetworks(context, spec))
            return [];
        if (spec.Networks.IsEmpty)
            return [new NetworkAttachment(NetworkName.Bridge)];
        IReadOnlyList<NetworkDocument> networks = context.Networks.Store.ReadAll();
        return [.. spec.Networks.Select(attachment => Resolve(networks, attachment))];
    }

    /// <exception cref="NotFoundException">There is no such network.</exception>
    internal static NetworkAttachment Resolve(IReadOnlyList<NetworkDocument> networks, NetworkAttachment attachment)
    {
        if (attachment.Network is NetworkName.Bridge or "default")
            return attachment with { Network = NetworkName.Bridge };
        NetworkDocument network = NetworkStore.Find(networks, attachment.Network) ?? throw NetworkControl.NotFound(attachment.Network);
        return attachment with { Network = network.IsPredefined ? NetworkName.Bridge : network.Id };
    }

    /// <summary>Takes what the container needs; null when it is in no network of ours.</summary>
    internal static async ValueTask<ContainerNetwork?> ReserveAsync(ContainerContext context, ContainerConfig config, CancellationToken cancellationToken)
    {
        if (config.Networks.IsEmpty)
            return null;
        try
        {
            return await context.Networks.ReserveAsync(Describe(config), cancellationToken, await FindLinkedAsync(context, config).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (UnsupportedException e) when (config.Spec is { Networks.IsEmpty: true, Ports.IsEmpty: true, PublishAllPorts: false })
        {
            // Nobody asked for a network; it has its loopback interface, and the engine says why there is no more.
            ContainerMessages.NoNetworks(context.Logger, e.Message);
            return null;
        }
    }

    /// <summary>
    /// What the links of the default network stand for, at the time of the start. As in Docker, containers do not find each other by name there, so
    /// it is written to the hosts file.
    /// </summary>
    /// <exception cref="NotFoundException">There is no such container.</exception>
    /// <exception cref="InvalidStateException">It has no address in the default network: it does not run, or is not there.</exception>
    private static async ValueTask<ImmutableArray<string>> FindLinkedAsync(ContainerContext context, ContainerConfig config)
    {
        List<string> lines = [];
        foreach (string link in config.Networks.Where(attachment => attachment.Network == NetworkName.Bridge).SelectMany(attachment => attachment.Links))
        {
            int colon = link.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? link : link[..colon];
            ContainerInstance linked = await ContainerLookup.FindAsync(context, name).ConfigureAwait(false)
                ?? throw new NotFoundException($"The link '{link}' can't be made: there is no container {name}.");
            NetworkEndpointInfo endpoint = linked.GetInfo().Networks.FirstOrDefault(each => each.NetworkName == NetworkName.Bridge)
                ?? throw new InvalidStateException($"The link '{link}' can't be made: container {name} has no address in the default network. Start it there first.");
            lines.AddRange(new[] { endpoint.IPv4Address, endpoint.IPv6Address }.OfType<IPAddress>()
                .Select(address => $"{address}\t{link[(colon + 1)..]} {linked.Config.ShortId} {linked.Config.Name}"));
        }

        return [.. lines];
    }

    internal static NetworkMember Describe(ContainerConfig config) => new()
    {
        Id = config.Id,
        Name = config.Name,
        IsDetached = config.IsDetached,
        Attachments = config.Networks,
        Ports = FindPorts(config),
        DnsServers = [.. config.Spec.DnsServers.Select(server => IPAddress.Parse(server))],
    };

    private static ImmutableArray<PortMapping> FindPorts(ContainerConfig config)
    {
        ContainerSpec spec = config.Spec;
        if (!spec.PublishAllPorts)
            return spec.Ports;
        List<PortMapping> ports = [.. spec.Ports];
        foreach (string exposed in config.Image.ExposedPorts.Concat(spec.ExposedPorts))
        {
            // An image is not the caller's to correct.
            if (!PortFilter.TryParse(exposed, out PortFilter range) || !Enum.TryParse(range.Protocol, ignoreCase: true, out PortProtocol protocol))
                continue;
            for (int port = Math.Max(range.First, 1); port <= range.Last; port++)
            {
                if (!ports.Exists(known => known.ContainerPort == port && known.Protocol == protocol))
                    ports.Add(new PortMapping(port) { Protocol = protocol });
            }
        }

        return [.. ports];
    }
}
