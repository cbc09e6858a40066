using System.Collections.Immutable;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>Profile and target to calls by number.</summary>
/// <remarks>
/// From here to the finished program there is no LINQ and no collection of own value types: the runtime compiles every such instantiation
/// when it is first used, which made the first compilation in a process take ten times as long.
/// </remarks>
internal static class SeccompResolver
{
    /// <summary>32-bit arm's private calls (__ARM_NR_BASE): far above the table, so that they say nothing about what the profile knows.</summary>
    private const int ArmPrivate = 0xF_0000;

    internal static ResolvedSeccompProfile Resolve(SeccompProfile profile, SeccompTarget target)
    {
        var rules = new List<ResolvedRule>(profile.Rules.Length);
        foreach (SeccompRule rule in profile.Rules)
        {
            if (rule.AppliesTo(target)) rules.Add(new ResolvedRule(rule, Cases(rule)));
        }

        List<SyscallTable> tables = SeccompArchitectures.Expand(target.Architecture, profile.Architectures, profile.ArchitectureMaps);
        var architectures = new ResolvedArchitecture[tables.Count];
        for (int i = 0; i < architectures.Length; i++) architectures[i] = Resolve(rules, profile.DefaultAction, tables[i]);
        return new ResolvedSeccompProfile(profile.DefaultAction, architectures, profile.Flags);
    }

    private static ResolvedArchitecture Resolve(List<ResolvedRule> rules, SeccompAction defaultAction, SyscallTable table)
    {
        var builders = new Dictionary<int, DecisionBuilder>();
        int newest = 0;
        foreach (ResolvedRule rule in rules)
        {
            foreach (string name in rule.Rule.Names)
            {
                if (!table.TryGetNumber(name, out int number)) continue;
                if (number is < ArmPrivate or >= SyscallTable.X32Bit) newest = Math.Max(newest, number);
                if (!builders.TryGetValue(number, out DecisionBuilder? builder)) builders.Add(number, builder = new DecisionBuilder());
                builder.Add(rule, defaultAction);
            }
        }

        int[] numbers = new int[builders.Count];
        builders.Keys.CopyTo(numbers, 0);
        Array.Sort(numbers);
        var syscalls = new ResolvedSyscall[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            syscalls[i] = new ResolvedSyscall((uint)numbers[i], builders[numbers[i]].Build(defaultAction));

        // A filter that says EPERM to a call that is newer than itself breaks programs which would fall back on ENOSYS.
        bool saysNothing = defaultAction.IsPermissive || numbers.Length == 0;
        return new ResolvedArchitecture(table, syscalls, (uint)newest, saysNothing ? defaultAction : SeccompAction.Fail(Errno.ENOSYS));
    }

    private static SyscallCase[] Cases(SeccompRule rule)
    {
        ImmutableArray<SeccompArgument> arguments = rule.Arguments;
        if (arguments.IsEmpty) return [];
        int seen = 0;
        bool repeated = false;
        foreach (SeccompArgument argument in arguments)
        {
            repeated |= (seen & (1 << argument.Index)) != 0;
            seen |= 1 << argument.Index;
        }
        if (!repeated) return [new SyscallCase(arguments, rule.Action)];

        var cases = new SyscallCase[arguments.Length];
        for (int i = 0; i < cases.Length; i++) cases[i] = new SyscallCase([arguments[i]], rule.Action);
        return cases;
    }

    /// <summary>A rule that applies; its cases are made once, for all its calls.</summary>
    private sealed class ResolvedRule(SeccompRule rule, SyscallCase[] cases)
    {
        internal SeccompRule Rule => rule;

        internal SyscallCase[] Cases => cases;
    }

    private sealed class DecisionBuilder
    {
        private readonly List<SyscallCase> _cases = [];
        private SyscallDecision? _always;

        internal void Add(ResolvedRule rule, SeccompAction defaultAction)
        {
            if (rule.Cases.Length > 0) _cases.AddRange(rule.Cases);
            else if (rule.Rule.Action != defaultAction) _always ??= new SyscallDecision([], rule.Rule.Action);
        }

        internal SyscallDecision Build(SeccompAction defaultAction) => _always ?? new SyscallDecision(_cases.ToArray(), defaultAction);
    }
}
