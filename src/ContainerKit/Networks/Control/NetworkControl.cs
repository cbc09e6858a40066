using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Netlink;
using ContainerKit.Networks.Dns;
using ContainerKit.Networks.Host;
using ContainerKit.Networks.Names;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Control;

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

    /// <summary>The names in a network that only leases tell: those of other engines' containers, where the network is the same as theirs.</summary>
    private NeighbourNames? FindNeighbours(string networkId)
        => host is { OutlivesEngine: true } && _session is { } session
            ? _neighbours.GetOrAdd(networkId, static (id, state) => new NeighbourNames(state.Store.LeaseDirectoryOf(id), state.Session, state.Time), (Store: store, Session: session.Id, Time))
            : null;

    [LoggerMessage(EventId = 5003, Level = LogLevel.Debug, Message = "The detached container {Container} keeps its networks; its ports and names come back with the next engine")]
    private static partial void LogAbandoned(ILogger logger, string container);
}
