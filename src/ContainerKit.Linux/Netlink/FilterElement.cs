using System.Collections.Immutable;

namespace ContainerKit.Linux.Netlink;

/// <summary>An element of a set or map.</summary>
/// <param name="Key">As long as the set's keys, see <see cref="FilterKey"/>.</param>
/// <param name="Value">In a map: as long as its values; otherwise empty.</param>
public readonly record struct FilterElement(ImmutableArray<byte> Key, ImmutableArray<byte> Value)
{
    /// <summary>An element of a set.</summary>
    /// <param name="key">Its key.</param>
    public FilterElement(ImmutableArray<byte> key)
        : this(key, [])
    {
    }
}
