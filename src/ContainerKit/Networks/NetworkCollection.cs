using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ContainerKit.Events;
using ContainerKit.Filters;
using ContainerKit.Networks;
using ContainerKit.Networks.Addresses;
using ContainerKit.Networks.Control;
using ContainerKit.Networks.Host;

namespace ContainerKit;

/// <summary>The networks of a data root, which its engines share. From <see cref="ContainerEngine.Networks"/>.</summary>
public sealed class NetworkCollection
{
    private static readonly FrozenSet<string> s_listFilters = FrozenSet.Create(StringComparer.Ordinal, "dangling", "driver", "id", "label", "name", "scope", "type");
    private static readonly FrozenSet<string> s_pruneFilters = FrozenSet.Create(StringComparer.Ordinal, "label", "label!", "until");

    private readonly NetworkControl _control;
    private readonly EventLog _events;
    private readonly string _dataRoot;

    internal NetworkCollection(NetworkControl control, EventLog events, string dataRoot) => (_control, _events, _dataRoot) = (control, events, dataRoot);

    /// <summary>True when this engine can connect containers to networks; otherwise <see cref="UnavailableReason"/> says why not.</summary>
    public bool IsAvailable => _control.IsAvailable;

    /// <summary>Why there are no networks here; null where there are.</summary>
    public string? UnavailableReason => _control.Reason;

    /// <summary>
    /// Why containers reach each other but nothing outside, and what to do about it; null where they do, and before the first network is used.
    /// Without root the way out is a program of the machine: pasta or slirp4netns.
    /// </summary>
    public string? Limitation => _control.IsAvailable ? _control.Host.Limitation : null;

    /// <summary>Creates a bridge network.</summary>
    /// <param name="name">Letters, digits, '_', '.' and '-', the first a letter or digit.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>A handle that owns the network: disposing it removes it.</returns>
    /// <inheritdoc cref="CreateAsync(NetworkSpec, CancellationToken)"/>
    public Task<Network> CreateAsync(string name, CancellationToken cancellationToken = default) => CreateAsync(new NetworkSpec { Name = name }, cancellationToken);

    /// <summary>Creates a network.</summary>
    /// <param name="spec">What it is to be.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>A handle that owns the network: disposing it removes it, unless <see cref="Network.Keep"/> was called.</returns>
    /// <exception cref="ArgumentException">A value is not allowed; the message names it and what is.</exception>
    /// <exception cref="ConflictException">The name or the subnet is in use; the message says by whom.</exception>
    /// <exception cref="UnsupportedException">There are no networks here.</exception>
    public async Task<Network> CreateAsync(NetworkSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        NetworkName.Require(spec.Name);
        if (NetworkName.IsPredefined(spec.Name))
            throw BridgeOptions.Invalid("network name", spec.Name, "none of those that are there from the beginning: bridge, host, none, default");
        NetworkDocument made = await _control.ExclusivelyAsync(
            networks =>
            {
                if (networks.FirstOrDefault(network => network.Name == spec.Name) is { } other)
                    throw new ConflictException($"The name '{spec.Name}' is in use by the network {other.Id[..12]}. Choose another one, or remove that network.");
                NetworkDocument document = NetworkCreation.Create(spec, networks, _control.FindUsedSubnets(), _control.Time.GetUtcNow());
                if (document.IsBridge && networks.FirstOrDefault(network => network.IsBridge && network.InterfaceName == document.InterfaceName) is { } same)
                    throw new ConflictException($"{BridgeOptions.Name} '{document.InterfaceName}' is in use by the network {same.Name}. Choose another one.");
                _control.Store.Write(document);
                return document;
            },
            cancellationToken).ConfigureAwait(false);
        Publish(made, EventAction.Create);
        return new Network(this, made, owns: true);
    }

    /// <summary>Finds a network.</summary>
    /// <param name="idOrName">Its name, its id or the beginning of that.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A handle that owns nothing.</returns>
    /// <exception cref="NotFoundException">There is none.</exception>
    public async Task<Network> GetAsync(string idOrName, CancellationToken cancellationToken = default)
        => await FindAsync(idOrName, cancellationToken).ConfigureAwait(false) ?? throw NetworkControl.NotFound(idOrName);

    /// <summary>Finds a network; null when there is none.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<Network?> FindAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(idOrName);
        return NetworkStore.Find(await ReadAsync(cancellationToken).ConfigureAwait(false), idOrName) is { } found ? new Network(this, found, owns: false) : null;
    }

    /// <summary>A network as it is now.</summary>
    /// <param name="idOrName">Its name, its id or the beginning of that.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">There is none.</exception>
    public async Task<NetworkInfo> InspectAsync(string idOrName, CancellationToken cancellationToken = default)
        => Describe(NetworkStore.Find(await ReadAsync(cancellationToken).ConfigureAwait(false), idOrName) ?? throw NetworkControl.NotFound(idOrName));

    /// <summary>All networks that match, by name; those that are there from the beginning included.</summary>
    /// <param name="filters">
    /// <c>dangling</c> (true: no container uses it), <c>driver</c>, <c>id</c> (a part), <c>label</c> (all must be there), <c>name</c> (a part or a regular
    /// expression), <c>scope</c> (local), <c>type</c> (builtin, custom); null for all.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed.</exception>
    public async Task<IReadOnlyList<NetworkInfo>> ListAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        filters ??= FilterSet.Empty;
        FilterRules.RequireKnown(filters, s_listFilters);
        bool? dangling = FilterRules.Boolean(filters, "dangling");
        IReadOnlyList<Func<string, bool>> names = FilterRules.Patterns(filters, "name");
        foreach (string type in filters["type"].Where(type => type is not ("builtin" or "custom")))
            throw FilterRules.Invalid("type", type, "builtin or custom");
        return [.. (await ReadAsync(cancellationToken).ConfigureAwait(false)).Where(IsWanted).Select(Describe)];

        bool IsWanted(NetworkDocument network)
            => (dangling is null || dangling == (!network.IsPredefined && _control.Users.FindUsers(network.Id).Count == 0))
                && (!filters.Contains("driver") || filters["driver"].Contains(network.Driver))
                && (!filters.Contains("id") || filters["id"].Any(id => network.Id.Contains(id, StringComparison.Ordinal)))
                && (!filters.Contains("scope") || filters["scope"].Contains("local"))
                && (!filters.Contains("type") || filters["type"].Contains(network.IsPredefined ? "builtin" : "custom"))
                && FilterRules.HasLabels(network.Labels, filters["label"])
                && (names.Count == 0 || names.Any(matches => matches(network.Name)));
    }

    /// <summary>Removes a network.</summary>
    /// <param name="idOrName">Its name, its id or the beginning of that.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ConflictException">Containers run in it; the message says which.</exception>
    /// <exception cref="NotFoundException">There is none.</exception>
    /// <exception cref="InvalidStateException">It is one of those that are there from the beginning.</exception>
    public async Task RemoveAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(idOrName);
        if (idOrName is NetworkName.Host or NetworkName.None)
            throw Predefined(idOrName);
        NetworkDocument removed = await _control.ExclusivelyAsync(networks => Remove(NetworkStore.Find(networks, idOrName) ?? throw NetworkControl.NotFound(idOrName)), cancellationToken).ConfigureAwait(false);
        Publish(removed, EventAction.Destroy);
    }

    /// <summary>Removes the networks that no container is connected to, whether it runs or not.</summary>
    /// <param name="filters"><c>label</c> (all must be there), <c>label!</c> (none may be there), <c>until</c> (created at this time or before).</param>
    /// <param name="cancellationToken">Stops; what is removed stays removed.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed. Nothing was removed.</exception>
    public async Task<NetworkPruneReport> PruneAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        filters ??= FilterSet.Empty;
        FilterRules.RequireKnown(filters, s_pruneFilters);
        DateTimeOffset? until = FilterRules.Moment(filters, "until", _control.Time);
        NetworkDocument[] removed = await _control.ExclusivelyAsync(
            networks => networks.Where(network => !network.IsPredefined
                && (until is null || network.CreatedAt <= until)
                && FilterRules.HasLabels(network.Labels, filters["label"])
                && FilterRules.LacksLabels(network.Labels, filters["label!"])
                && _control.Users.FindUsers(network.Id).Count == 0
                && !Leases(network).Any()).Select(Remove).ToArray(),
            cancellationToken).ConfigureAwait(false);
        foreach (NetworkDocument network in removed)
            Publish(network, EventAction.Destroy);
        return new NetworkPruneReport([.. removed.Select(network => network.Name)]);
    }

    private static InvalidStateException Predefined(string name) => new($"The network {name} is there from the beginning and can't be removed.");

    private NetworkDocument Remove(NetworkDocument network)
    {
        if (network.IsPredefined)
            throw Predefined(network.Name);
        if (Leases(network).FirstOrDefault() is { } lease)
            throw new ConflictException($"The network {network.Name} is in use by container {(lease.ContainerId.Length > 12 ? lease.ContainerId[..12] : "?")}, which has {lease.Address}. Stop it, or disconnect it first.");
        _control.Deactivate(network);
        _control.Store.Delete(network.Id);
        return network;
    }

    private IEnumerable<AddressLease> Leases(NetworkDocument network) => AddressLease.ReadAll(_control.Store.LeaseDirectoryOf(network.Id));

    private async Task<IReadOnlyList<NetworkDocument>> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<NetworkDocument> stored = _control.IsAvailable
            ? await _control.ExclusivelyAsync(static networks => networks, cancellationToken).ConfigureAwait(false)
            : _control.Store.ReadAll();
        return [.. stored.Append(MakePredefined(NetworkName.Host, "host")).Append(MakePredefined(NetworkName.None, "null")).OrderBy(network => network.Name, StringComparer.Ordinal)];
    }

    /// <summary>Nothing of these is on disk; the id is the same whenever somebody looks.</summary>
    private NetworkDocument MakePredefined(string name, string driver) => new()
    {
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{_dataRoot}\n{name}"))),
        Name = name,
        Driver = driver,
        CreatedAt = default,
        IsPredefined = true,
    };

    private NetworkInfo Describe(NetworkDocument network)
        => network.ToInfo() with
        {
            Addresses = Leases(network).Where(lease => lease.ContainerId.Length > 0).GroupBy(lease => lease.ContainerId, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Select(lease => lease.Address.ToString())]),
        };

    private void Publish(NetworkDocument network, string action) => _events.Publish(
        EventKind.Network, action, network.Id,
        () => ImmutableSortedDictionary<string, string>.Empty.Add("name", network.Name).Add("type", network.Driver), null);
}
