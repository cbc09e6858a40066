using System.Net;
using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Netlink;
using ContainerKit.Networks.Addresses;
using ContainerKit.Networks.Host;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Control;

/// <content>Setting up the networks that are used: interfaces, rules, forwarding.</content>
internal sealed partial class NetworkControl
{
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

    /// <summary>Takes down what this engine set up for a network that is to be removed. The caller holds the lock.</summary>
    internal void Deactivate(NetworkDocument network)
    {
        _neighbours.TryRemove(network.Id, out _);
        if (_active.TryRemove(network.Id, out _) && network.IsBridge)
            Firewall.RemoveNetwork(network);
        if (network.IsBridge)
            Interfaces.RemoveBridge(network);
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
}
