using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Netlink;
using ContainerKit.Networks.Dns;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks;

/// <summary>The networks that an engine uses. Nothing is set up before the first container that wants one.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Disposed asynchronously by CloseAsync.")]
internal sealed partial class NetworkControl(NetworkStore store, INetworkHost? host, INetworkUsers users, ILogger logger)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<string, ActiveNetwork> _active = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ContainerNetwork, bool> _containers = new();
    private readonly ConcurrentDictionary<string, NeighbourNames> _neighbours = new(StringComparer.Ordinal);
    private volatile NetworkSession? _session;
    private NameTable? _names;
    private RouteSocket? _routes;
    private FilterSocket? _filters;
    private NetworkFirewall? _firewall;
    private string? _defaultId;
    private string? _unavailable = host is null ? "an ordinary user can't make network interfaces here" : null;
    private bool _isClosed;

    internal NetworkStore Store => store;

    internal INetworkHost Host => host ?? throw Unavailable();

    internal INetworkUsers Users => users;

    internal ILogger Logger => logger;

    internal TimeProvider Time => store.Time;

    internal NameTable Names => LazyInitializer.EnsureInitialized(ref _names, () => new NameTable(FindNeighbours));

    internal HostResolvers Resolvers { get; } = new(store.Time);

    /// <summary>True: no container reaches the host's resolvers but through a server of ours: they are on its loopback, or containers may have no way out.</summary>
    internal bool NeedsNameServer => host is { OutlivesEngine: false } || Resolvers.Current.Servers.All(IPAddress.IsLoopback);

    /// <summary>False: there are no networks here, and <see cref="Reason"/> says why.</summary>
    internal bool IsAvailable => _unavailable is null;

    /// <summary>True: containers can be connected to networks, and as far as is known these lead outside.</summary>
    internal bool LeadsOutside => IsAvailable && Host.LeadsOutside;

    /// <summary>Why there are no networks here.</summary>
    internal string? Reason => _unavailable;

    internal NetworkInterfaces Interfaces => new(_routes ?? throw Unavailable());

    internal NetworkFirewall Firewall => _firewall ?? throw Unavailable();

    /// <summary>Takes addresses and ports for a container that is about to start.</summary>
    /// <exception cref="ConflictException">An address or a port is taken.</exception>
    /// <exception cref="NotFoundException">A network was removed.</exception>
    /// <exception cref="UnsupportedException">There are no networks here.</exception>
    internal async Task<ContainerNetwork> ReserveAsync(NetworkMember member, CancellationToken cancellationToken, ImmutableArray<string>? linkedHosts = null)
    {
        if (member.IsDetached && host is { OutlivesEngine: false })
            throw new UnsupportedException("A detached container can't be in a network without root: the network ends with the engine. Run as root, or start it with NetworkMode.None or NetworkMode.Host.");
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

    /// <summary>A container's run ended, for this engine at least.</summary>
    internal void Leave(ContainerNetwork network, bool keepsAddresses)
    {
        _containers.TryRemove(network, out _);
        if (keepsAddresses)
            LogAbandoned(logger, network.Member.Id[..12]);
    }

    /// <summary>The containers that run in a network, as far as they are this engine's.</summary>
    internal IEnumerable<(NetworkMember Member, Endpoint Endpoint)> FindMembers(string networkId)
        => _containers.Keys.SelectMany(network => network.Endpoints.Where(endpoint => endpoint.NetworkId == networkId).Select(endpoint => (network.Member, endpoint)));

    /// <summary>A network whose interface is there and whose rules are in force.</summary>
    internal async ValueTask<ActiveNetwork> ActivateAsync(string idOrName, CancellationToken cancellationToken)
    {
        string id = idOrName == NetworkName.Bridge && _defaultId is { } known ? known : idOrName;
        if (_active.TryGetValue(id, out ActiveNetwork? active) && store.Contains(id))
            return active;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using FileLock held = await store.HoldAsync(shared: false, cancellationToken).ConfigureAwait(false);
            await OpenAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<NetworkDocument> networks = store.ReadAll();
            NetworkDocument network = (idOrName == NetworkName.Bridge ? EnsureDefault(ref networks) : NetworkStore.Find(networks, idOrName)) ?? throw NotFound(idOrName);
            if (_active.TryGetValue(network.Id, out active))
                return active;
            using IDisposable? alone = await Host.HoldAsync(cancellationToken).ConfigureAwait(false);
            return Activate(network, networks);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Does something with all networks while nobody else changes them.</summary>
    internal async Task<T> ExclusivelyAsync<T>(Func<IReadOnlyList<NetworkDocument>, T> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using FileLock held = await store.HoldAsync(shared: false, cancellationToken).ConfigureAwait(false);
            await OpenAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<NetworkDocument> networks = store.ReadAll();
            EnsureDefault(ref networks);
            return action(networks);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes down what this engine set up for a network that is to be removed. The caller holds the lock.</summary>
    internal void Deactivate(NetworkDocument network)
    {
        _neighbours.TryRemove(network.Id, out _);
        if (_active.TryRemove(network.Id, out _) && network.IsBridge)
            Firewall.RemoveNetwork(network);
        if (network.IsBridge)
            Interfaces.RemoveBridge(network);
    }

    internal IReadOnlyList<(IPNetwork Subnet, string Interface)> FindUsedSubnets(string except = "") => Interfaces.FindUsedSubnets(except);

    internal static NotFoundException NotFound(string idOrName) => new($"There is no network {idOrName}.");

    internal UnsupportedException Unavailable() => new(
        $"Networks can't be used: {_unavailable ?? "this engine was closed"}. Run as root, or start containers with NetworkMode.None or NetworkMode.Host.");

    internal string CreatePortName() => NetworkFirewall.PortPrefix(_session!.Id) + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    private ContainerNetwork Enter(ContainerNetwork network)
    {
        _containers[network] = true;
        return network;
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

    /// <summary>The names in a network that only leases tell: those of other engines' containers, where the network is the same as theirs.</summary>
    private NeighbourNames? FindNeighbours(string networkId)
        => host is { OutlivesEngine: true } && _session is { } session
            ? _neighbours.GetOrAdd(networkId, static (id, state) => new NeighbourNames(state.Store.LeaseDirectoryOf(id), state.Session, state.Time), (Store: store, Session: session.Id, Time))
            : null;

    private AddressLease Lease(NetworkMember member, IPAddress address) => new(address, _session!.Id, member.Id, member.IsDetached);

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

    /// <summary>As Docker: of the IPv4 address, so that neighbours' tables stay right when an address is given again.</summary>
    private static string ChooseMac(IPAddress? address)
    {
        Span<byte> mac = stackalloc byte[6];
        RandomNumberGenerator.Fill(mac);
        (mac[0], mac[1]) = (0x02, 0x42);
        address?.TryWriteBytes(mac[2..], out _);
        return Endpoint.FormatMac(mac);
    }

    private static void Release(ActiveNetwork network, Endpoint endpoint)
    {
        foreach (IPAddress address in endpoint.Addresses)
            network.Release(address);
    }

    /// <summary>The default network, which is made when somebody needs it. The caller holds the lock.</summary>
    private NetworkDocument EnsureDefault(ref IReadOnlyList<NetworkDocument> networks)
    {
        if (networks.FirstOrDefault(network => network.IsPredefined) is { } existing)
            return existing;
        NetworkDocument made = NetworkCreation.Create(new NetworkSpec { Name = NetworkName.Bridge }, networks, FindUsedSubnets(), Time.GetUtcNow());
        store.Write(made);
        networks = store.ReadAll();
        return made;
    }

    private ActiveNetwork Activate(NetworkDocument network, IReadOnlyList<NetworkDocument> networks)
    {
        int index = 0;
        int? parent = null;
        if (network.IsBridge)
        {
            network = EnsureSubnet(network, networks);
            index = Interfaces.EnsureBridge(network);
            Firewall.AddNetwork(network);
            if (!network.IsInternal)
                EnableForwarding(network);
        }
        else
        {
            parent = Interfaces.FindParent(network);
        }

        ActiveNetwork active = new(network, index, parent, store.LeaseDirectoryOf(network.Id));
        _active[network.Id] = active;
        if (network.IsPredefined)
            _defaultId = network.Id;
        return active;
    }

    /// <summary>While nobody used the network, somebody else may have begun to use its subnet.</summary>
    private NetworkDocument EnsureSubnet(NetworkDocument network, IReadOnlyList<NetworkDocument> networks)
    {
        IReadOnlyList<(IPNetwork Subnet, string Interface)> used = FindUsedSubnets(network.InterfaceName);
        try
        {
            foreach (NetworkPool pool in network.Pools)
                NetworkCreation.RequireFree(network.Name, pool.Subnet!.Value, [], used);
            return network;
        }
        catch (ConflictException) when (Interfaces.Exists(network))
        {
            // Another engine uses it already, and has told its containers so.
            return network;
        }
        catch (ConflictException) when (network.IsAutomatic && !AddressLease.ReadAll(store.LeaseDirectoryOf(network.Id)).Any())
        {
            NetworkDocument changed = NetworkCreation.ChooseAnew(network, networks, used);
            store.Write(changed);
            return changed;
        }
    }

    private void EnableForwarding(NetworkDocument network)
    {
        try
        {
            Host.EnableForwarding(isIPv6: false);
            if (network.HasIPv6)
                Host.EnableForwarding(isIPv6: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Containers still reach each other and this machine.
            LogNoForwarding(logger, e.Message);
        }
    }

    /// <summary>Begins to use networks. The caller holds the lock.</summary>
    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(NetworkCollection));
        if (_session is not null)
            return;
        if (_unavailable is not null)
            throw Unavailable();
        NetworkSession session = NetworkSession.Begin(store.SessionDirectory);
        try
        {
            _routes = await Host.OpenRoutesAsync(cancellationToken).ConfigureAwait(false);
            _filters = await Host.OpenFiltersAsync(cancellationToken).ConfigureAwait(false);
            _firewall = NetworkFirewall.Create(_filters, session.Id);
            _session = session;
        }
        catch (Exception e)
        {
            _routes?.Dispose();
            _filters?.Dispose();
            session.Dispose();
            if (e is NetlinkException { Errno: Errno.EPERM or Errno.EOPNOTSUPP or Errno.ENOENT or Errno.EINVAL } or LinuxException { Errno: Errno.EPROTONOSUPPORT or Errno.EAFNOSUPPORT or Errno.EPERM or Errno.ENOSPC })
            {
                _unavailable = $"the kernel refuses ({e.Message}); it takes CAP_NET_ADMIN, and bridge, veth and nf_tables in the kernel";
                throw Unavailable();
            }

            throw;
        }
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "Containers have no way out: forwarding can't be turned on. {Reason}")]
    private static partial void LogNoForwarding(ILogger logger, string reason);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "A port of the detached container {Container} is lost: {Reason}")]
    private static partial void LogPortLost(ILogger logger, string container, string reason);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Debug, Message = "The detached container {Container} keeps its networks; its ports and names come back with the next engine")]
    private static partial void LogAbandoned(ILogger logger, string container);
}
