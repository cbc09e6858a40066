using System.Net;
using ContainerKit.Networks.Control;
using ContainerKit.Networks.Dns;

namespace ContainerKit.Networks.Names;

/// <summary>The names that one container may know: those of its user-defined networks, and of its links.</summary>
/// <param name="table">The names of all networks.</param>
/// <param name="network">The container's networks, as they are at the moment.</param>
internal sealed class ContainerNames(NameTable table, ContainerNetwork network) : INameSource
{
    public bool CanForward => network.HasWayOut;

    public bool TryResolve(ReadOnlySpan<char> name, out IReadOnlyList<IPAddress> addresses)
    {
        string wanted = name.ToString();
        List<IPAddress> found = [];
        bool isKnown = false;
        foreach (Endpoint endpoint in network.Endpoints.Where(endpoint => endpoint.NetworkName != NetworkName.Bridge))
        {
            string inNetwork = network.ResolveLink(endpoint.NetworkId, wanted) ?? wanted;
            string suffix = "." + endpoint.NetworkName.ToLowerInvariant();
            IEnumerable<IPAddress>? here = table.Find(endpoint.NetworkId, inNetwork)
                ?? (inNetwork.EndsWith(suffix, StringComparison.Ordinal) ? table.Find(endpoint.NetworkId, inNetwork[..^suffix.Length]) : null);
            isKnown |= here is not null;
            found.AddRange(here ?? []);
        }

        addresses = found;
        return isKnown;
    }

    public bool TryReverse(IPAddress address, out string name)
    {
        name = network.Endpoints.Where(endpoint => endpoint.NetworkName != NetworkName.Bridge)
            .Select(endpoint => table.Find(endpoint.NetworkId, address) is { } found ? $"{found}.{endpoint.NetworkName}" : null)
            .FirstOrDefault(found => found is not null) ?? "";
        return name.Length > 0;
    }
}
