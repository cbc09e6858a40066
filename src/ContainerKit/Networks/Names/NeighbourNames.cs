using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using ContainerKit.Networks.Addresses;

namespace ContainerKit.Networks.Names;

/// <summary>Who is called what in one network, as far as other engines of the data root have containers in it: their leases say so.</summary>
/// <param name="directory">Where the network's leases are.</param>
/// <param name="session">This engine, whose own names are in its <see cref="NameTable"/>.</param>
/// <param name="time">Tells how long ago the directory changed.</param>
internal sealed class NeighbourNames(string directory, string session, TimeProvider time)
{
    /// <summary>What changes again so soon may get the same time: the kernel's clock for files has ticks of up to ten milliseconds.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private volatile Snapshot? _known;

    /// <summary>The addresses of a name; none when nobody else has it.</summary>
    internal ImmutableArray<IPAddress> Find(string name) => Look().Names.GetValueOrDefault(name, []);

    /// <summary>What the container with an address is called; null when nobody else has it.</summary>
    internal string? Find(IPAddress address) => Look().Owners.GetValueOrDefault(address);

    private Snapshot Look()
    {
        DateTime changed = Directory.GetLastWriteTimeUtc(directory);
        if (_known is { } known && known.Changed == changed)
            return known;
        bool isSettled = time.GetUtcNow().UtcDateTime - changed > s_tick;
        Snapshot read = Read(changed);
        _known = isSettled ? read : null;
        return read;
    }

    private Snapshot Read(DateTime changed)
    {
        AddressLease[] leases;
        try
        {
            leases = [.. AddressLease.ReadAll(directory).Where(lease => lease.Session != session && lease.Names.Length > 0)];
        }
        catch (DirectoryNotFoundException)
        {
            leases = [];
        }

        return new Snapshot(
            changed,
            leases.SelectMany(lease => lease.Names.Distinct(StringComparer.Ordinal).Select(name => (name, lease.Address))).GroupBy(each => each.name, each => each.Address, StringComparer.Ordinal)
                .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal),
            leases.ToFrozenDictionary(lease => lease.Address, lease => lease.Names[0]));
    }

    private sealed record Snapshot(DateTime Changed, FrozenDictionary<string, ImmutableArray<IPAddress>> Names, FrozenDictionary<IPAddress, string> Owners);
}
