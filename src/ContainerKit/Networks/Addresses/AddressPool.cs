using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Addresses;

/// <summary>The addresses of a subnet that containers may have, and which of them this process knows to be taken.</summary>
internal sealed class AddressPool
{
    private readonly AddressFamily _family;
    private readonly UInt128 _first;
    private readonly UInt128 _last;
    private readonly HashSet<UInt128> _reserved = [];
    private readonly HashSet<UInt128> _taken = [];

    /// <summary>All below are taken, so a search does not go through those that are in use.</summary>
    private UInt128 _next;

    internal AddressPool(NetworkPool pool)
    {
        Subnet = pool.Subnet!.Value;
        _family = Subnet.BaseAddress.AddressFamily;
        (UInt128 subnetFirst, UInt128 subnetLast) = AddressNumber.Bounds(Subnet);
        (_first, _last) = AddressNumber.Bounds(pool.Range ?? Subnet);

        // The first names the subnet (in IPv6 its routers), the last of IPv4 everybody; in a subnet of two or one there is no such thing, RFC 3021.
        if (AddressNumber.Bits(_family) - Subnet.PrefixLength > 1)
        {
            _reserved.Add(subnetFirst);
            if (_family == AddressFamily.InterNetwork)
                _reserved.Add(subnetLast);
        }

        if (pool.Gateway is { } gateway)
            _reserved.Add(AddressNumber.ToNumber(gateway));
        foreach (string address in pool.AuxiliaryAddresses.Values)
            _reserved.Add(AddressNumber.ToNumber(IPAddress.Parse(address)));
        _next = _first;
    }

    internal IPNetwork Subnet { get; }

    /// <summary>The lowest address that is free as far as is known; it counts as taken from now on. Null when there is none.</summary>
    internal IPAddress? Take()
    {
        for (UInt128 number = _next; number <= _last && number >= _first; number++)
        {
            if (!_reserved.Contains(number) && _taken.Add(number))
            {
                _next = number + 1;
                return AddressNumber.ToAddress(number, _family);
            }
        }

        return null;
    }

    /// <summary>True when a container may have an address that it asks for.</summary>
    internal bool IsAllowed(IPAddress address)
        => address.AddressFamily == _family && Subnet.Contains(address) && !_reserved.Contains(AddressNumber.ToNumber(address));

    /// <summary>Takes a certain address; false when it is known to be taken.</summary>
    internal bool Take(IPAddress address) => _taken.Add(AddressNumber.ToNumber(address));

    internal void Release(IPAddress address)
    {
        UInt128 number = AddressNumber.ToNumber(address);
        if (_taken.Remove(number) && number < _next && number >= _first)
            _next = number;
    }
}
