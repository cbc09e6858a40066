using ContainerKit.Linux.Io;
using ContainerKit.Linux.Netlink;
using ContainerKit.Networks.Addresses;
using ContainerKit.Networks.Host;

namespace ContainerKit.Networks.Control;

/// <content>What is left by engines that died, and what the last engine takes along.</content>
internal sealed partial class NetworkControl
{
    /// <summary>Removes what dead engines left: addresses of containers that are no more, and bridges that nobody uses.</summary>
    internal async Task RecoverAsync(CancellationToken cancellationToken)
    {
        if (host is null || !store.MayHaveRemains())
            return;
        using FileLock held = await store.HoldAsync(shared: false, cancellationToken).ConfigureAwait(false);

        // Should this process die in the middle, its session makes the next engine look again.
        using NetworkSession turn = NetworkSession.Begin(store.SessionDirectory);
        HashSet<string> living = await NetworkSession.FindLivingAsync(store.SessionDirectory, turn, cancellationToken).ConfigureAwait(false);
        living.Remove(turn.Id);
        bool isUsed = FreeAddresses(living);
        store.DeleteRemains();
        if (living.Count == 0 && Host.OutlivesEngine)
        {
            using RouteSocket routes = await Host.OpenRoutesAsync(cancellationToken).ConfigureAwait(false);
            RemoveBridges(routes, isUsed);
        }
    }

    /// <summary>Ends the use of networks; the last engine of a data root leaves nothing.</summary>
    internal async Task CloseAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _isClosed = true;
            if (_session is not { } session)
                return;
            using FileLock held = await store.HoldAsync(shared: false, CancellationToken.None).ConfigureAwait(false);
            HashSet<string> living = await NetworkSession.FindLivingAsync(store.SessionDirectory, session, CancellationToken.None).ConfigureAwait(false);
            living.Remove(session.Id);
            bool isUsed = FreeAddresses(living);
            if (living.Count == 0 && _routes is not null)
                RemoveBridges(_routes, isUsed);
            session.Dispose();
            _session = null;
            _filters?.Dispose();
            _routes?.Dispose();
        }
        finally
        {
            if (host is not null)
                await host.DisposeAsync().ConfigureAwait(false);
            _gate.Release();
        }
    }

    /// <summary>Frees the addresses of containers that nobody runs. True when a detached one goes on.</summary>
    private bool FreeAddresses(HashSet<string> living)
    {
        bool isUsed = false;
        foreach (string directory in store.FindLeaseDirectories())
        {
            foreach (AddressLease lease in AddressLease.ReadAll(directory).Where(lease => !living.Contains(lease.Session)))
            {
                if (lease.IsDetached && users.IsAlive(lease.ContainerId))
                    isUsed = true;
                else
                    lease.Release(directory);
            }
        }

        return isUsed;
    }

    private void RemoveBridges(RouteSocket routes, bool isUsed)
    {
        if (isUsed)
            return;
        NetworkInterfaces interfaces = new(routes);
        foreach (NetworkDocument network in store.ReadAll().Where(network => network.IsBridge))
            interfaces.RemoveBridge(network);
    }
}
