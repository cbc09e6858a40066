using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ContainerKit.Linux.Io;
using ContainerKit.Networks.Addresses;
using ContainerKit.Networks.Names;
using ContainerKit.Networks.Ports;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Control;

/// <content>What a container has in its networks: addresses, names, ports.</content>
internal sealed partial class NetworkControl
{
    /// <summary>Takes addresses and ports for a container that is about to start.</summary>
    /// <exception cref="ConflictException">An address or a port is taken.</exception>
    /// <exception cref="NotFoundException">A network was removed.</exception>
    /// <exception cref="UnsupportedException">There are no networks here.</exception>
    internal async Task<ContainerNetwork> ReserveAsync(NetworkMember member, CancellationToken cancellationToken, ImmutableArray<string>? linkedHosts = null)
    {
        if (member.IsDetached && host is { OutlivesEngine: false })
            throw new UnsupportedException("A detached container can't be in a network without root: the network ends with the engine. Run as root, let it end with the engine, too, or create it without a network or with that of the host (NetworkMode.None, NetworkMode.Host; --network, network_mode).");
        List<(ActiveNetwork Network, NetworkAttachment Attachment)> wanted = [];
        foreach (NetworkAttachment attachment in member.Attachments)
            wanted.Add((await ActivateAsync(attachment.Network, cancellationToken).ConfigureAwait(false), attachment));

        // The way out first, which so is eth0.
        wanted = [.. wanted.OrderBy(each => each.Network.Document.IsInternal).ThenByDescending(each => each.Attachment.Priority).ThenBy(each => each.Network.Document.Name, StringComparer.Ordinal)];
        List<(ActiveNetwork Network, Endpoint Endpoint)> places = [];
        PublishedPorts? ports = null;
        try
        {
            using (await HoldAsync(wanted.Select(each => each.Network), cancellationToken).ConfigureAwait(false))
            {
                foreach ((ActiveNetwork network, NetworkAttachment attachment) in wanted)
                    places.Add((network, Take(network, attachment, member, $"eth{places.Count}", isGateway: places.Count == 0 && !network.Document.IsInternal)));
            }

            if (!member.Ports.IsEmpty && wanted.Count > 0)
                ports = PublishedPorts.Take(member.Ports, wanted[0].Network.Options.HostBinding, member.Display);
            return Enter(new ContainerNetwork(this, member, [.. places], ports) { LinkedHosts = linkedHosts ?? [] });
        }
        catch
        {
            foreach ((ActiveNetwork network, Endpoint endpoint) in places)
                Release(network, endpoint);
            throw;
        }
    }

    /// <summary>Takes over what a detached container has that an earlier engine started.</summary>
    internal async Task<ContainerNetwork> TakeOverAsync(NetworkMember member, IReadOnlyList<Endpoint> endpoints, IReadOnlyList<PublishedPort> ports, CancellationToken cancellationToken)
    {
        List<(ActiveNetwork Network, Endpoint Endpoint)> places = [];
        foreach (Endpoint endpoint in endpoints)
        {
            ActiveNetwork network = await ActivateAsync(endpoint.NetworkId, cancellationToken).ConfigureAwait(false);
            foreach (IPAddress address in endpoint.Addresses)
                network.TakeOver(Lease(member, address) with { Names = network.Document.IsPredefined ? [] : NameTable.NamesOf(member, endpoint.Aliases) });
            places.Add((network, endpoint));
        }

        PublishedPorts? held = null;
        try
        {
            held = ports.Count == 0 ? null : PublishedPorts.TakeOver(ports, member.Display);
        }
        catch (ConflictException e)
        {
            // Somebody took a port while nobody held it; the container itself goes on.
            LogPortLost(logger, member.Id[..12], e.Message);
        }

        return Enter(new ContainerNetwork(this, member, [.. places], held));
    }

    /// <summary>Takes an address in one network.</summary>
    internal async Task<(ActiveNetwork Network, Endpoint Endpoint)> TakeAsync(
        NetworkMember member, NetworkAttachment attachment, string interfaceName, bool isGateway, CancellationToken cancellationToken)
    {
        ActiveNetwork network = await ActivateAsync(attachment.Network, cancellationToken).ConfigureAwait(false);
        using FileLock held = await HoldAsync([network], cancellationToken).ConfigureAwait(false);
        return (network, Take(network, attachment, member, interfaceName, isGateway && !network.Document.IsInternal));
    }

    /// <summary>Gives a running container another name.</summary>
    internal void Rename(ActiveNetwork network, Endpoint endpoint, NetworkMember before, NetworkMember after)
    {
        Names.Rename(endpoint, before, after);
        foreach (IPAddress address in network.Document.IsPredefined ? [] : endpoint.Addresses)
            (Lease(after, address) with { Names = NameTable.NamesOf(after, endpoint.Aliases) }).Rewrite(store.LeaseDirectoryOf(endpoint.NetworkId));
    }

    /// <summary>Keeps networks from being removed while addresses of theirs are taken.</summary>
    /// <exception cref="NotFoundException">One was removed meanwhile.</exception>
    private async ValueTask<FileLock> HoldAsync(IEnumerable<ActiveNetwork> networks, CancellationToken cancellationToken)
    {
        FileLock held = await store.HoldAsync(shared: true, cancellationToken).ConfigureAwait(false);
        if (networks.FirstOrDefault(network => !store.Contains(network.Document.Id)) is not { } removed)
            return held;
        held.Dispose();
        throw NotFound(removed.Document.Name);
    }

    private Endpoint Take(ActiveNetwork network, NetworkAttachment attachment, NetworkMember member, string interfaceName, bool isGateway)
    {
        NetworkDocument document = network.Document;
        AddressLease template = Lease(member, IPAddress.None);

        // Nobody is found by name in the default network, and what is prepared there has no name yet.
        if (!document.IsPredefined)
            template = template with { Names = NameTable.NamesOf(member, attachment.Aliases) };
        IPAddress? four = null;
        IPAddress? six = null;
        try
        {
            four = network.Take(AddressFamily.InterNetwork, attachment.IPv4Address, template);
            six = network.Take(AddressFamily.InterNetworkV6, attachment.IPv6Address, template);
        }
        catch (DirectoryNotFoundException)
        {
            throw NotFound(attachment.Network);
        }
        catch
        {
            if (four is not null)
                network.Release(four);
            throw;
        }

        NetworkPool? pool4 = document.PoolOf(AddressFamily.InterNetwork);
        NetworkPool? pool6 = document.PoolOf(AddressFamily.InterNetworkV6);
        return new Endpoint
        {
            Id = NetworkName.CreateId(),
            NetworkId = document.Id,
            NetworkName = document.Name,
            ContainerId = member.Id,
            PortName = document.IsBridge ? CreatePortName() : null,
            InterfaceName = interfaceName,
            MacAddress = document.Driver == NetworkSpec.IpvlanDriver ? "" : attachment.MacAddress?.ToLowerInvariant() ?? ChooseMac(four),
            IPv4Address = four,
            IPv4PrefixLength = pool4?.Subnet?.PrefixLength ?? 0,
            IPv4Gateway = document.IsInternal ? null : pool4?.Gateway,
            IPv6Address = six,
            IPv6PrefixLength = pool6?.Subnet?.PrefixLength ?? 0,
            IPv6Gateway = document.IsInternal ? null : pool6?.Gateway,
            IsGateway = isGateway,
            Aliases = attachment.Aliases,
        };
    }

    private AddressLease Lease(NetworkMember member, IPAddress address) => new(address, _session!.Id, member.Id, member.IsDetached);

    private static void Release(ActiveNetwork network, Endpoint endpoint)
    {
        foreach (IPAddress address in endpoint.Addresses)
            network.Release(address);
    }

    /// <summary>As Docker: of the IPv4 address, so that neighbours' tables stay right when an address is given again.</summary>
    private static string ChooseMac(IPAddress? address)
    {
        Span<byte> mac = stackalloc byte[6];
        RandomNumberGenerator.Fill(mac);
        (mac[0], mac[1]) = (0x02, 0x42);
        address?.TryWriteBytes(mac[2..], out _);
        return Endpoint.FormatMac(mac);
    }

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "A port of the detached container {Container} is lost: {Reason}")]
    private static partial void LogPortLost(ILogger logger, string container, string reason);
}
