using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;

namespace ContainerKit.Networks;

/// <summary>Who is called what in the networks of this engine.</summary>
internal sealed class NameTable
{
    /// <summary>By network and name in lower case: the endpoints, which are several where they share an alias.</summary>
    private readonly ConcurrentDictionary<(string Network, string Name), ImmutableArray<Endpoint>> _names = new();
    private readonly ConcurrentDictionary<(string Network, IPAddress Address), string> _addresses = new();
    private int _turn;

    internal void Add(Endpoint endpoint, NetworkMember member)
    {
        foreach (string name in NamesOf(endpoint, member))
            _names.AddOrUpdate((endpoint.NetworkId, name), [endpoint], (_, others) => [.. others.Where(other => other.Id != endpoint.Id), endpoint]);
        string own = member.Name.Length == 0 ? member.Id[..12] : member.Name;
        foreach (IPAddress address in endpoint.Addresses)
            _addresses[(endpoint.NetworkId, address)] = $"{own}.{endpoint.NetworkName}";
    }

    internal void Remove(Endpoint endpoint, NetworkMember member)
    {
        foreach (string name in NamesOf(endpoint, member))
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

        foreach (IPAddress address in endpoint.Addresses)
            _addresses.TryRemove((endpoint.NetworkId, address), out _);
    }

    /// <summary>The addresses of a name in a network, each time beginning with another one; null when nobody has it.</summary>
    internal IEnumerable<IPAddress>? Find(string network, string name)
    {
        if (!_names.TryGetValue((network, name), out ImmutableArray<Endpoint> endpoints))
            return null;
        int turn = endpoints.Length == 1 ? 0 : (int)((uint)Interlocked.Increment(ref _turn) % (uint)endpoints.Length);
        return endpoints.Skip(turn).Concat(endpoints.Take(turn)).SelectMany(endpoint => endpoint.Addresses);
    }

    internal string? Find(string network, IPAddress address) => _addresses.GetValueOrDefault((network, address));

    private static IEnumerable<string> NamesOf(Endpoint endpoint, NetworkMember member)
        => new[] { member.Name, member.Id[..12] }.Concat(endpoint.Aliases).Where(name => name.Length > 0).Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal);
}
