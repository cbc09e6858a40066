using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using ContainerKit.Networks.Control;

namespace ContainerKit.Networks.Names;

/// <summary>Who is called what in the networks of this engine.</summary>
/// <param name="neighbours">The names of other engines' containers in a network; null where there are none that could be reached.</param>
internal sealed class NameTable(Func<string, NeighbourNames?> neighbours)
{
    /// <summary>By network and name in lower case: the endpoints, which are several where they share an alias.</summary>
    private readonly ConcurrentDictionary<(string Network, string Name), ImmutableArray<Endpoint>> _names = new();
    private readonly ConcurrentDictionary<(string Network, IPAddress Address), string> _addresses = new();
    private int _turn;

    /// <summary>What a container is called in a network: its own name first, then its short id and its aliases.</summary>
    internal static ImmutableArray<string> NamesOf(NetworkMember member, IEnumerable<string> aliases)
        => [.. new[] { member.Name, member.Id[..12] }.Concat(aliases).Where(name => name.Length > 0).Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal)];

    internal void Add(Endpoint endpoint, NetworkMember member)
    {
        foreach (string name in NamesOf(member, endpoint.Aliases))
            _names.AddOrUpdate((endpoint.NetworkId, name), [endpoint], (_, others) => [.. others.Where(other => other.Id != endpoint.Id), endpoint]);
        string own = member.Name.Length == 0 ? member.Id[..12] : member.Name;
        foreach (IPAddress address in endpoint.Addresses)
            _addresses[(endpoint.NetworkId, address)] = own;
    }

    internal void Remove(Endpoint endpoint, NetworkMember member)
    {
        Remove(endpoint, NamesOf(member, endpoint.Aliases));
        foreach (IPAddress address in endpoint.Addresses)
            _addresses.TryRemove((endpoint.NetworkId, address), out _);
    }

    /// <summary>Calls a container by another name; what it is called besides holds all the time.</summary>
    internal void Rename(Endpoint endpoint, NetworkMember before, NetworkMember after)
    {
        Add(endpoint, after);
        Remove(endpoint, NamesOf(before, endpoint.Aliases).Except(NamesOf(after, endpoint.Aliases), StringComparer.Ordinal));
    }

    /// <summary>The addresses of a name in a network, each time beginning with another one; null when nobody has it.</summary>
    internal IReadOnlyList<IPAddress>? Find(string network, string name)
    {
        IEnumerable<IPAddress> own = _names.TryGetValue((network, name), out ImmutableArray<Endpoint> endpoints) ? endpoints.SelectMany(endpoint => endpoint.Addresses) : [];
        IPAddress[] all = [.. own, .. neighbours(network)?.Find(name) ?? []];
        if (all.Length == 0)
            return endpoints.IsDefault ? null : [];
        int turn = all.Length == 1 ? 0 : (int)((uint)Interlocked.Increment(ref _turn) % (uint)all.Length);
        return turn == 0 ? all : [.. all[turn..], .. all[..turn]];
    }

    /// <summary>What the container with an address in a network is called; null when nobody has it.</summary>
    internal string? Find(string network, IPAddress address) => _addresses.GetValueOrDefault((network, address)) ?? neighbours(network)?.Find(address);

    private void Remove(Endpoint endpoint, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            (string, string) key = (endpoint.NetworkId, name);
            while (_names.TryGetValue(key, out ImmutableArray<Endpoint> known))
            {
                ImmutableArray<Endpoint> rest = known.RemoveAll(other => other.Id == endpoint.Id);
                bool done = rest.IsEmpty ? _names.TryRemove(KeyValuePair.Create(key, known)) : _names.TryUpdate(key, rest, known);
                if (done)
                    break;
            }
        }
    }
}
