using System.Collections.Immutable;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime.Namespaces;

/// <summary>The namespaces that a launch makes, joins and keeps.</summary>
/// <param name="New">Made by the launch.</param>
/// <param name="Host">Kept: those of the engine process.</param>
/// <param name="Joined">Those of other containers.</param>
internal sealed record NamespacePlan(NamespaceKinds New, NamespaceKinds Host, ImmutableArray<JoinedNamespaces> Joined)
{
    private const NamespaceKinds Everything = NamespaceKinds.CLONE_NEWNS | NamespaceKinds.CLONE_NEWPID | NamespaceKinds.CLONE_NEWUTS
        | NamespaceKinds.CLONE_NEWIPC | NamespaceKinds.CLONE_NEWCGROUP | NamespaceKinds.CLONE_NEWNET;

    /// <summary>Everything is the container's own.</summary>
    public static NamespacePlan Private { get; } = new(Everything, 0, []);

    internal bool IsNew(NamespaceKinds kind) => (New & kind) != 0;

    internal bool IsHost(NamespaceKinds kind) => (Host & kind) != 0;

    /// <summary>The position of the pidfd of the process whose namespace is joined; null when it is not joined.</summary>
    internal int? JoinedFrom(NamespaceKinds kind)
    {
        foreach (JoinedNamespaces joined in Joined)
        {
            if ((joined.Kinds & kind) != 0)
            {
                return joined.Position;
            }
        }

        return null;
    }
}

/// <summary>Namespaces of another container.</summary>
/// <param name="Position">The position of a pidfd of its first process among the descriptors passed on.</param>
/// <param name="Kinds">Which.</param>
internal sealed record JoinedNamespaces(int Position, NamespaceKinds Kinds);
