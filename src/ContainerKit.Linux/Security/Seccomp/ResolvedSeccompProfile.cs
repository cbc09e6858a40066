using System.Collections.Immutable;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>A profile for one target: calls by number, nothing left to decide but the values of arguments.</summary>
/// <param name="DefaultAction">For calls without a rule.</param>
/// <param name="Architectures">By the order of the enumeration; the first is the native one.</param>
/// <param name="Flags">For seccomp(2).</param>
internal sealed record ResolvedSeccompProfile(
    SeccompAction DefaultAction, ImmutableArray<ResolvedArchitecture> Architectures, SeccompFilterFlags Flags);

/// <summary>The calls of one architecture.</summary>
/// <param name="Table">Its numbers.</param>
/// <param name="Decisions">By number, ascending.</param>
/// <param name="NewestKnown">The highest number that a rule names; calls above it get <paramref name="UnknownAction"/>.</param>
/// <param name="UnknownAction">For calls that came after the profile was written.</param>
internal sealed record ResolvedArchitecture(
    SyscallTable Table, ImmutableArray<(uint Number, SyscallDecision Decision)> Decisions, uint NewestKnown, SeccompAction UnknownAction);

/// <summary>What is decided for one call: the first case whose conditions all hold, else <paramref name="Otherwise"/>.</summary>
/// <remarks>Equal when they decide by the same cases, so that calls of one rule, on every architecture, share their instructions.</remarks>
internal sealed record SyscallDecision(ImmutableArray<SyscallCase> Cases, SeccompAction Otherwise)
{
    public bool Equals(SyscallDecision? other) => other is not null && Otherwise == other.Otherwise && Cases.SequenceEqual(other.Cases);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Otherwise);
        foreach (SyscallCase @case in Cases) hash.Add(@case);
        return hash.ToHashCode();
    }
}

/// <summary>An action under conditions.</summary>
internal sealed record SyscallCase(ImmutableArray<SeccompArgument> Conditions, SeccompAction Action);
