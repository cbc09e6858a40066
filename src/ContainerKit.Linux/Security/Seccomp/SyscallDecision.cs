using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace ContainerKit.Linux.Security;

/// <summary>What is decided for one call: the first case whose conditions all hold, else <see cref="Otherwise"/>.</summary>
/// <remarks>Equal when they decide by the same cases, so that calls of one rule, on every architecture, share their instructions.</remarks>
internal sealed class SyscallDecision(SyscallCase[] cases, SeccompAction otherwise) : IEquatable<SyscallDecision>
{
    internal SyscallCase[] Cases => cases;

    internal SeccompAction Otherwise => otherwise;

    internal bool IsConstant => cases.Length == 0;

    public bool Equals(SyscallDecision? other)
    {
        if (other is null || other.Cases.Length != cases.Length || other.Otherwise != otherwise) return false;
        for (int i = 0; i < cases.Length; i++)
        {
            if (!ReferenceEquals(cases[i], other.Cases[i])) return false;
        }
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as SyscallDecision);

    public override int GetHashCode() => IsConstant ? otherwise.GetHashCode() : RuntimeHelpers.GetHashCode(cases[0]);
}

/// <summary>An action under conditions, of which none is on the same argument as another.</summary>
internal sealed class SyscallCase(ImmutableArray<SeccompArgument> conditions, SeccompAction action)
{
    internal ImmutableArray<SeccompArgument> Conditions => conditions;

    internal SeccompAction Action => action;
}
