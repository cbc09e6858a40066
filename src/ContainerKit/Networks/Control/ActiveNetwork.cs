using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Addresses;
using ContainerKit.Networks.Host;

namespace ContainerKit.Networks.Control;

/// <summary>A network that this engine uses: its interface is there, its rules are in force.</summary>
internal sealed class ActiveNetwork
{
    private readonly Lock _sync = new();
    private readonly AddressPool? _pool4;
    private readonly AddressPool? _pool6;
    private readonly string _leases;

    internal ActiveNetwork(NetworkDocument document, int index, int? parent, string leases)
    {
        (Document, Index, Parent, _leases) = (document, index, parent, leases);
        Options = BridgeOptions.Read(document.Options);
        _pool4 = document.PoolOf(AddressFamily.InterNetwork) is { } four ? new AddressPool(four) : null;
        _pool6 = document.PoolOf(AddressFamily.InterNetworkV6) is { } six ? new AddressPool(six) : null;
    }

    internal NetworkDocument Document { get; }

    internal BridgeOptions Options { get; }

    /// <summary>The bridge's number; 0 where there is none.</summary>
    internal int Index { get; }

    /// <summary>The interface that containers' interfaces stand on (macvlan, ipvlan).</summary>
    internal int? Parent { get; }

    /// <summary>Takes an address for a container.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="wanted">The one it is to be; null: any.</param>
    /// <param name="template">Who takes it.</param>
    /// <returns>Null where the network has none of the family.</returns>
    /// <exception cref="ConflictException">It is taken, or all are.</exception>
    /// <exception cref="DirectoryNotFoundException">The network was removed.</exception>
    internal IPAddress? Take(AddressFamily family, IPAddress? wanted, AddressLease template)
    {
        if ((family == AddressFamily.InterNetwork ? _pool4 : _pool6) is not { } pool)
            return wanted is null ? null : throw new ArgumentException($"address '{wanted}' is not allowed: expected none, because the network {Document.Name} has no subnet of its kind.");
        if (wanted is not null)
            return TakeWanted(pool, wanted, template);
        while (true)
        {
            IPAddress? address;
            lock (_sync)
                address = pool.Take();
            if (address is null)
                throw new ConflictException($"No address of the network {Document.Name} ({pool.Subnet}) is free. Remove containers, or use a larger network.");
            if ((template with { Address = address }).TryTake(_leases))
                return address;

            // Another process's container has it.
        }
    }

    /// <summary>Notes an address that a container of an earlier engine has.</summary>
    internal void TakeOver(AddressLease lease)
    {
        lock (_sync)
            PoolOf(lease.Address)?.Take(lease.Address);
        lease.Rewrite(_leases);
    }

    internal void Release(IPAddress address)
    {
        new AddressLease(address, "", "", false).Release(_leases);
        lock (_sync)
            PoolOf(address)?.Release(address);
    }

    private IPAddress TakeWanted(AddressPool pool, IPAddress wanted, AddressLease template)
    {
        if (!Document.HasGivenSubnet)
            throw new ArgumentException($"address '{wanted}' is not allowed: expected none, because the subnet of the network {Document.Name} was not given when it was created.");
        if (!pool.IsAllowed(wanted))
            throw new ArgumentException($"address '{wanted}' is not allowed: expected an address of {pool.Subnet} that is neither its gateway's nor reserved.");
        bool isFree;
        lock (_sync)
            isFree = pool.Take(wanted);
        if (isFree && (template with { Address = wanted }).TryTake(_leases))
            return wanted;
        string holder = AddressLease.Read(_leases, wanted.ToString()) is { ContainerId.Length: > 12 } lease ? $"container {lease.ContainerId[..12]}" : "another container";
        throw new ConflictException($"The address {wanted} of the network {Document.Name} is in use by {holder}. Choose another one, or stop that container.");
    }

    private AddressPool? PoolOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? _pool4 : _pool6;
}
