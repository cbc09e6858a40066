using System.Collections.Immutable;

namespace ContainerKit.Linux.Namespaces;

/// <summary>Which users and groups exist inside a user namespace.</summary>
/// <param name="Users">Ranges of user ids.</param>
/// <param name="Groups">Ranges of group ids.</param>
/// <param name="Limitation">Why only a single id is mapped, and what to do about it; null for a full map.</param>
public sealed record IdMap(ImmutableArray<IdRange> Users, ImmutableArray<IdRange> Groups, string? Limitation)
{
    /// <summary>True when only root exists inside: files of other owners can't be told apart, and processes can't change users.</summary>
    public bool IsSingle => Limitation is not null;

    /// <summary>True when both ids exist inside.</summary>
    /// <param name="user">A user id inside.</param>
    /// <param name="group">A group id inside.</param>
    /// <returns>True when a file can belong to them.</returns>
    public bool Contains(uint user, uint group) => Users.Any(r => r.Contains(user)) && Groups.Any(r => r.Contains(group));

    /// <summary>The map of one user and group to root.</summary>
    internal static IdMap Single(uint user, uint group, string limitation)
        => new([new IdRange(0, user, 1)], [new IdRange(0, group, 1)], limitation);
}
