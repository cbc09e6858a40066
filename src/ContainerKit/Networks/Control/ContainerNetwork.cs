using System.Collections.Immutable;
using System.Net;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Netlink;
using ContainerKit.Networks.Dns;
using ContainerKit.Networks.Host;
using ContainerKit.Networks.Names;
using ContainerKit.Networks.Ports;

namespace ContainerKit.Networks.Control;

/// <summary>The networks of one run of a container: addresses and ports from before its start, interfaces while it runs, nothing after its disposal.</summary>
internal sealed class ContainerNetwork : IAsyncDisposable
{
    private readonly NetworkControl _control;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ImmutableArray<(ActiveNetwork Network, Endpoint Endpoint)> _places;
    private PublishedPorts? _ports;
    private NameServer? _names;
    private Endpoint? _published;
    private bool _isConnected;
    private bool _isDisposed;

    internal ContainerNetwork(NetworkControl control, NetworkMember member, ImmutableArray<(ActiveNetwork Network, Endpoint Endpoint)> places, PublishedPorts? ports)
        => (_control, Member, _places, _ports) = (control, member, places, ports);

    internal NetworkMember Member { get; private set; }

    internal IEnumerable<Endpoint> Endpoints => _places.Select(place => place.Endpoint);

    internal ImmutableArray<PublishedPort> Ports => _ports?.Ports ?? [];

    internal bool HasWayOut => _places.Any(place => !place.Network.Document.IsInternal);

    /// <summary>True: the container asks a server of this process for names.</summary>
    internal bool HasNameServer => _places.Any(place => place.Endpoint.NetworkName != NetworkName.Bridge) || _control.NeedsNameServer;

    /// <summary>Lines of the hosts file for containers of the default network that it is linked to: there are no names there.</summary>
    internal ImmutableArray<string> LinkedHosts { get; init; } = [];

    internal Endpoint? Gateway => Endpoints.FirstOrDefault(endpoint => endpoint.IsGateway);

    /// <summary>What a link's alias stands for in a network; null when it is none.</summary>
    internal string? ResolveLink(string network, string name)
    {
        foreach (NetworkAttachment attachment in Member.Attachments.Where(attachment => attachment.Network == network))
        {
            foreach (string link in attachment.Links)
            {
                int colon = link.IndexOf(':', StringComparison.Ordinal);
                string alias = colon < 0 ? link : link[(colon + 1)..];
                if (alias.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return (colon < 0 ? link : link[..colon]).ToLowerInvariant();
            }
        }

        return null;
    }

    /// <summary>Makes the interfaces in the network namespace of a process, which is not yet the container's program.</summary>
    internal async Task ConnectAsync(int pid, CancellationToken cancellationToken)
    {
        if (_places.IsEmpty)
            return;
        if (_isConnected)
        {
            // The process that was connected before has ended, and its namespace with it.
            ForgetPorts();
            if (_names is not null)
                await _names.DisposeAsync().ConfigureAwait(false);
            _names = null;
        }

        using NamespaceFd container = NamespaceFd.Open(pid, "net");
        using RouteSocket inside = await _control.Host.OpenRoutesAsync(container, cancellationToken).ConfigureAwait(false);
        _isConnected = true;
        foreach ((ActiveNetwork network, Endpoint endpoint) in _places)
            Connect(network, endpoint, container, inside);
    }

    /// <summary>Serves names and ports, once the container's loopback is up.</summary>
    internal async Task ServeAsync(int pid, CancellationToken cancellationToken)
    {
        foreach (Endpoint endpoint in Endpoints)
            _control.Names.Add(endpoint, Member);
        if (HasNameServer && !_places.IsEmpty && _names is null)
        {
            using NamespaceFd container = NamespaceFd.Open(pid, "net");
            await StartNameServerAsync(container, cancellationToken).ConfigureAwait(false);
        }

        if (_ports is not null && _published is null && Publisher() is { } publisher)
            await PublishAsync(publisher, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says for whom this was prepared.</summary>
    internal void Assign(NetworkMember member) => Member = member;

    /// <summary>The container has another name from now on; the others of its networks find it by that.</summary>
    internal void Rename(string name)
    {
        NetworkMember before = Member;
        Member = before with { Name = name };
        foreach ((ActiveNetwork network, Endpoint endpoint) in _places)
            _control.Rename(network, endpoint, before, Member);
    }

    /// <summary>Takes up what a container of an earlier engine has: its interfaces are there.</summary>
    internal async Task ResumeAsync(int pid, CancellationToken cancellationToken)
    {
        _isConnected = true;
        foreach ((_, Endpoint endpoint) in _places)
            Guard(endpoint);
        await ServeAsync(pid, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects the running container to a further network.</summary>
    internal async Task AddAsync(NetworkAttachment attachment, int pid, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int number = Enumerable.Range(0, int.MaxValue).First(n => Endpoints.All(endpoint => endpoint.InterfaceName != $"eth{n}"));
            NetworkMember before = Member;
            Member = Member with { Attachments = Member.Attachments.Add(attachment) };
            (ActiveNetwork Network, Endpoint Endpoint) place;
            try
            {
                place = await _control.TakeAsync(Member, attachment, $"eth{number}", isGateway: Gateway is null, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                Member = before;
                throw;
            }

            try
            {
                using NamespaceFd container = NamespaceFd.Open(pid, "net");
                using RouteSocket inside = await _control.Host.OpenRoutesAsync(container, cancellationToken).ConfigureAwait(false);
                Connect(place.Network, place.Endpoint, container, inside);
                _places = _places.Add(place);
                _control.Names.Add(place.Endpoint, Member);
                if (HasNameServer && _names is null)
                    await StartNameServerAsync(container, cancellationToken).ConfigureAwait(false);
                if (_ports is not null && _published is null && Publisher() is { } publisher)
                    await PublishAsync(publisher, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                Member = before;
                _places = _places.Remove(place);
                Release(place);
                throw;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes the running container out of a network; false when it is not in it.</summary>
    internal async Task<bool> RemoveAsync(string network, int pid, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int index = Array.FindIndex([.. _places], place => place.Network.Document.Id == network);
            if (index < 0)
                return false;
            (ActiveNetwork Network, Endpoint Endpoint) place = _places[index];
            using NamespaceFd container = NamespaceFd.Open(pid, "net");
            using RouteSocket inside = await _control.Host.OpenRoutesAsync(container, cancellationToken).ConfigureAwait(false);
            NetworkInterfaces.Remove(inside, place.Endpoint);
            _places = _places.RemoveAt(index);
            if (_published?.Id == place.Endpoint.Id)
                await MovePortsAsync().ConfigureAwait(false);
            Member = Member with { Attachments = [.. Member.Attachments.Where(attachment => attachment.Network != network)] };
            Release(place);
            if (place.Endpoint.IsGateway && _places.FirstOrDefault(other => !other.Network.Document.IsInternal) is { Endpoint: { } next })
            {
                NetworkInterfaces.Route(inside, next);
                _places = [.. _places.Select(other => other.Endpoint.Id == next.Id ? (other.Network, next with { IsGateway = true }) : other)];
            }

            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The engine ends and the container does not: what it has of the machine stays its own.</summary>
    internal async ValueTask AbandonAsync()
    {
        _isDisposed = true;
        await StopServingAsync().ConfigureAwait(false);
        _control.Leave(this, keepsAddresses: true);
    }

    /// <summary>Gives everything back; the interfaces go with the container's namespace.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await StopServingAsync().ConfigureAwait(false);
        foreach ((ActiveNetwork, Endpoint) place in _places)
            Release(place);
        _control.Leave(this, keepsAddresses: false);
        _gate.Dispose();
    }

    private void Connect(ActiveNetwork network, Endpoint endpoint, NamespaceFd container, RouteSocket inside)
    {
        // The rules first: from the interface's first frame on they hold.
        Guard(endpoint);
        _control.Interfaces.Add(network, endpoint, container);
        NetworkInterfaces.Configure(inside, endpoint);
    }

    /// <summary>What was prepared was killed while it waited. The ends of its interfaces may be there for a moment, so the next ones have other names.</summary>
    private void ForgetPorts()
    {
        foreach (Endpoint endpoint in Endpoints.Where(endpoint => endpoint.PortName is not null))
            _control.Firewall.Forget(endpoint);
        _places = [.. _places.Select(place => place.Endpoint.PortName is null ? place : (place.Network, place.Endpoint with { PortName = _control.CreatePortName() }))];
    }

    private void Guard(Endpoint endpoint)
    {
        if (endpoint.PortName is not null)
            _control.Firewall.Guard(endpoint);
    }

    private async Task StartNameServerAsync(NamespaceFd container, CancellationToken cancellationToken)
    {
        NameServerSockets sockets = await NameServerSockets.OpenAsync(_control.Host.Sockets, container, NameServerSockets.ContainerAddress, cancellationToken).ConfigureAwait(false);
        try
        {
            using FilterSocket filters = await _control.Host.OpenFiltersAsync(container, cancellationToken).ConfigureAwait(false);
            NameServerRules.Set(filters, sockets);
        }
        catch
        {
            sockets.Dispose();
            throw;
        }

        IReadOnlyList<IPEndPoint>? given = Member.DnsServers.IsEmpty ? null : [.. Member.DnsServers.Select(server => new IPEndPoint(server, 53))];
        _names = NameServer.Start(sockets, new ContainerNames(_control.Names, this), new UpstreamResolvers(_control.Resolvers, given, time: _control.Time), _control.Time, _control.Logger);
    }

    /// <summary>The endpoint that ports lead to.</summary>
    private Endpoint? Publisher()
        => (_places.FirstOrDefault(place => place.Endpoint.IsGateway && place.Network.Document.IsBridge && !place.Network.Document.IsInternal).Endpoint
            ?? _places.FirstOrDefault(place => place.Network.Document.IsBridge && !place.Network.Document.IsInternal).Endpoint);

    private async ValueTask PublishAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        if (_control.Host.ForwardsPorts)
            _control.Firewall.Publish(Ports, endpoint);
        _published = endpoint;
        await _ports!.ForwardAsync(endpoint, _control.Host, _control.Time, _control.Logger, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The network that ports led to is left: they lead to another one, or to none until there is one.</summary>
    private async ValueTask MovePortsAsync()
    {
        if (_ports is not { } ports)
            return;
        Withdraw();
        await ports.DisposeAsync().ConfigureAwait(false);
        _ports = PublishedPorts.TakeOver(ports.Ports, Member.Display);
        if (Publisher() is { } publisher)
            await PublishAsync(publisher, CancellationToken.None).ConfigureAwait(false);
    }

    private void Withdraw()
    {
        if (_published is { } endpoint && _control.Host.ForwardsPorts)
            _control.Firewall.Withdraw(Ports, endpoint);
        _published = null;
    }

    private void Release((ActiveNetwork Network, Endpoint Endpoint) place)
    {
        _control.Names.Remove(place.Endpoint, Member);

        // The interface goes with its namespace a little later; what still comes from it until then is dropped from here on.
        if (place.Endpoint.PortName is not null && _isConnected)
            _control.Firewall.Forget(place.Endpoint);

        foreach (IPAddress address in place.Endpoint.Addresses)
            place.Network.Release(address);
    }

    private async ValueTask StopServingAsync()
    {
        Withdraw();
        if (_names is not null)
            await _names.DisposeAsync().ConfigureAwait(false);
        _names = null;
        foreach (Endpoint endpoint in Endpoints)
            _control.Names.Remove(endpoint, Member);
        if (_ports is not null)
            await _ports.DisposeAsync().ConfigureAwait(false);
        _ports = null;
    }
}
