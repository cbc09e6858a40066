using System.Collections.Immutable;

namespace ContainerKit.Runtime.Processes;

/// <summary>Who a process runs as.</summary>
/// <param name="UserId">User id inside the container.</param>
/// <param name="GroupId">Primary group id inside the container.</param>
/// <param name="Groups">Supplementary groups, the primary group among them.</param>
/// <param name="Home">Home directory; <c>/</c> where passwd has no entry.</param>
internal sealed record ResolvedUser(uint UserId, uint GroupId, ImmutableArray<uint> Groups, string Home)
{
    public static ResolvedUser Root { get; } = new(0, 0, [0], "/root");
}
