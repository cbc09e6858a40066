using System.Collections.Immutable;

namespace ContainerKit.Linux.Security;

/// <summary>When a rule belongs to the filter: a rule's <c>includes</c> or <c>excludes</c>. What is left empty doesn't matter.</summary>
public sealed record SeccompCondition
{
    /// <summary>A condition on nothing.</summary>
    public static SeccompCondition None { get; } = new();

    /// <summary>
    /// Capability names. A rule is included when the container has all of them in its bounding set, and excluded when it has one of them. A
    /// name that isn't known here is a capability that no container has.
    /// </summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];

    /// <summary>Names of native architectures as in Docker's profiles (<c>amd64</c>, <c>arm64</c>, <c>x86</c>, <c>arm</c>…), of which one is meant.</summary>
    public ImmutableArray<string> Architectures { get; init; } = [];

    /// <summary>The first kernel that is meant, major and minor version; null for any.</summary>
    public Version? MinimumKernel { get; init; }

    internal bool Admits(SeccompTarget target)
    {
        foreach (string capability in Capabilities)
        {
            if (!target.Has(capability)) return false;
        }
        return (Architectures.IsEmpty || Names(target)) && (MinimumKernel is null || target.IsAtLeast(MinimumKernel));
    }

    internal bool Forbids(SeccompTarget target)
    {
        foreach (string capability in Capabilities)
        {
            if (target.Has(capability)) return true;
        }
        return Names(target) || (MinimumKernel is not null && target.IsAtLeast(MinimumKernel));
    }

    private bool Names(SeccompTarget target)
    {
        foreach (string architecture in Architectures)
        {
            if (architecture == target.ArchitectureName) return true;
        }
        return false;
    }
}
