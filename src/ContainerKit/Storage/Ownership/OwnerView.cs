using System.Collections.Immutable;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Storage.Ownership;

/// <summary>What the owners that this process sees are inside a container.</summary>
/// <param name="map">The user namespace's ids; null where there is none and ids are the same.</param>
internal sealed class OwnerView(IdMap? map)
{
    /// <summary>What the kernel shows for an id that does not exist inside, user_namespaces(7).</summary>
    private const uint Nobody = 65534;

    /// <summary>True when everything belongs to root inside, whoever it was meant for.</summary>
    public bool IsSquashed => map?.IsSingle == true;

    /// <summary>A user id inside.</summary>
    public uint UserInside(uint outside) => map is null ? outside : Find(map.Users, outside);

    /// <summary>A group id inside.</summary>
    public uint GroupInside(uint outside) => map is null ? outside : Find(map.Groups, outside);

    /// <summary>True when a file inside can belong to both.</summary>
    public bool Contains(uint user, uint group) => map is null || map.Contains(user, group);

    private static uint Find(ImmutableArray<IdRange> ranges, uint outside)
    {
        foreach (IdRange range in ranges)
        {
            if (outside >= range.Outside && outside - range.Outside < range.Count)
            {
                return range.Inside + (outside - range.Outside);
            }
        }
        return Nobody;
    }
}
