using System.Collections.Immutable;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>Profile and target to calls by number.</summary>
internal static class SeccompResolver
{
    /// <summary>32-bit arm's private calls (__ARM_NR_BASE): far above the table, so that they say nothing about what the profile knows.</summary>
    private const uint ArmPrivate = 0xF_0000;

    internal static ResolvedSeccompProfile Resolve(SeccompProfile profile, SeccompTarget target)
    {
        (SeccompRule, ImmutableArray<SyscallCase>)[] rules = [.. profile.Rules.Where(r => r.AppliesTo(target)).Select(r => (r, Cases(r)))];
        IEnumerable<SyscallArchitecture> architectures = profile.ArchitecturesFor(target.Architecture);
        return new ResolvedSeccompProfile(
            profile.DefaultAction,
            [.. architectures.OrderBy(a => a != target.Architecture).Select(a => Resolve(rules, profile.DefaultAction, SyscallTable.Get(a)))],
            profile.Flags);
    }

    private static ResolvedArchitecture Resolve(
        (SeccompRule Rule, ImmutableArray<SyscallCase> Cases)[] rules, SeccompAction defaultAction, SyscallTable table)
    {
        var builders = new SortedDictionary<uint, DecisionBuilder>();
        uint newest = 0;
        foreach ((SeccompRule rule, ImmutableArray<SyscallCase> cases) in rules)
        {
            foreach (string name in rule.Names)
            {
                if (!table.TryGetNumber(name, out int number)) continue;
                if (number < ArmPrivate || number >= SyscallTable.X32Bit) newest = Math.Max(newest, (uint)number);
                if (!builders.TryGetValue((uint)number, out DecisionBuilder? builder)) builders.Add((uint)number, builder = new());
                builder.Add(rule, cases, defaultAction);
            }
        }

        // A filter that says EPERM to a call that is newer than itself breaks programs which would fall back on ENOSYS.
        bool knowsNothing = builders.Count == 0;
        SeccompAction unknown = defaultAction.IsPermissive || knowsNothing ? defaultAction : SeccompAction.Fail(Errno.ENOSYS);
        return new ResolvedArchitecture(table, [.. builders.Select(b => (b.Key, b.Value.Build(defaultAction)))], newest, unknown);
    }

    private static ImmutableArray<SyscallCase> Cases(SeccompRule rule)
    {
        if (rule.Arguments.IsEmpty) return [];
        bool repeated = rule.Arguments.DistinctBy(a => a.Index).Count() < rule.Arguments.Length;
        return repeated ? [.. rule.Arguments.Select(a => new SyscallCase([a], rule.Action))] : [new SyscallCase(rule.Arguments, rule.Action)];
    }

    private sealed class DecisionBuilder
    {
        private readonly List<SyscallCase> _cases = [];
        private SeccompAction? _always;

        internal void Add(SeccompRule rule, ImmutableArray<SyscallCase> cases, SeccompAction defaultAction)
        {
            if (!cases.IsEmpty) _cases.AddRange(cases);
            else if (rule.Action != defaultAction) _always ??= rule.Action;
        }

        internal SyscallDecision Build(SeccompAction defaultAction)
            => _always is { } always ? new SyscallDecision([], always) : new SyscallDecision([.. _cases], defaultAction);
    }
}
