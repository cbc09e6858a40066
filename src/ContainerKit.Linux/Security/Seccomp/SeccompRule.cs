using System.Collections.Immutable;

namespace ContainerKit.Linux.Security;

/// <summary>What happens to some system calls.</summary>
public sealed record SeccompRule
{
    /// <summary>Names of the calls. One that an architecture doesn't have is ignored there.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary>What happens.</summary>
    public required SeccompAction Action { get; init; }

    /// <summary>
    /// Conditions on arguments that must all hold; none for every call. As in runc, conditions of one rule of which two are on the same
    /// argument are taken as so many rules of their own: one of them is enough.
    /// </summary>
    public ImmutableArray<SeccompArgument> Arguments { get; init; } = [];

    /// <summary>The rule counts only where this holds.</summary>
    public SeccompCondition Includes { get; init; } = SeccompCondition.None;

    /// <summary>The rule doesn't count where this holds.</summary>
    public SeccompCondition Excludes { get; init; } = SeccompCondition.None;

    internal bool AppliesTo(SeccompTarget target) => !Excludes.Forbids(target) && Includes.Admits(target);
}
