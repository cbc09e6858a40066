using System.Net;
using ContainerKit.Networks.Dns;

namespace ContainerKit.Tests.Networks.Dns;

/// <summary>A container's view that a test sets.</summary>
internal sealed class FixedNames : INameSource
{
    public Dictionary<string, IReadOnlyList<IPAddress>> Names { get; } = new(StringComparer.Ordinal);

    public Dictionary<IPAddress, string> Owners { get; } = [];

    public bool CanForward { get; init; } = true;

    public FixedNames With(string name, params string[] addresses)
    {
        Names[name] = [.. addresses.Select(IPAddress.Parse)];
        foreach (IPAddress address in Names[name])
        {
            Owners[address] = name + ".app";
        }

        return this;
    }

    public bool TryResolve(ReadOnlySpan<char> name, out IReadOnlyList<IPAddress> addresses)
    {
        bool found = Names.TryGetValue(name.ToString(), out IReadOnlyList<IPAddress>? known);
        addresses = known ?? [];
        return found;
    }

    public bool TryReverse(IPAddress address, out string name)
    {
        bool found = Owners.TryGetValue(address, out string? owner);
        name = owner ?? "";
        return found;
    }
}
