using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Security;

namespace ContainerKit.Linux.Tests.Security.Seccomp;

/// <summary>Says what a profile means for a call by reading it rule by rule, with nothing in common with the compiler.</summary>
internal sealed class ProfileOracle(SeccompProfile profile, SeccompTarget target, SyscallArchitecture[] enabled)
{
    private const uint KillProcess = 0x8000_0000;
    private const uint Enosys = 0x0005_0026;

    private readonly Dictionary<SyscallArchitecture, ILookup<uint, SeccompRule>> _rules = [];
    private readonly Dictionary<SyscallArchitecture, uint> _newest = [];

    internal uint Decide(uint token, uint number, ReadOnlySpan<ulong> arguments)
    {
        SyscallArchitecture? architecture = Find(token, number);
        if (architecture is not { } known || !enabled.Contains(known)) return KillProcess;
        SeccompRule[] rules = RulesFor(known, number);
        foreach (SeccompRule rule in rules)
        {
            if (rule.Arguments.Length == 0 && rule.Action != profile.DefaultAction) return Value(rule.Action);
        }
        foreach (SeccompRule rule in rules)
        {
            if (rule.Arguments.Length > 0 && Holds(rule, arguments)) return Value(rule.Action);
        }
        bool strict = profile.DefaultAction.Kind is not (SeccompActionKind.Allow or SeccompActionKind.Log or SeccompActionKind.Trace);
        bool isNew = rules.Length == 0 && Newest(known) is > 0 and var newest && number > newest;
        return strict && isNew ? Enosys : Value(profile.DefaultAction);
    }

    internal bool LooksAtArguments(uint token, uint number)
        => Find(token, number) is { } known && RulesFor(known, number).Any(r => r.Arguments.Length > 0);

    private SyscallArchitecture? Find(uint token, uint number) => token switch
    {
        0xC000003E when number >= 0x40000000 && (number != uint.MaxValue || enabled.Contains(SyscallArchitecture.X32)) => SyscallArchitecture.X32,
        0xC000003E => SyscallArchitecture.X64,
        0x40000003 => SyscallArchitecture.X86,
        0xC00000B7 => SyscallArchitecture.Arm64,
        0x40000028 => SyscallArchitecture.Arm,
        _ => null,
    };

    private SeccompRule[] RulesFor(SyscallArchitecture architecture, uint number)
    {
        if (!_rules.TryGetValue(architecture, out ILookup<uint, SeccompRule>? rules))
        {
            SyscallTable table = SyscallTable.Get(architecture);
            rules = (from rule in profile.Rules.Where(Applies)
                     from name in rule.Names
                     where table.TryGetNumber(name, out _)
                     select (Number: (uint)table.GetNumber(name), Rule: rule)).Distinct().ToLookup(r => r.Number, r => r.Rule);
            _rules.Add(architecture, rules);
        }
        return [.. rules[number]];
    }

    private uint Newest(SyscallArchitecture architecture)
    {
        if (_newest.TryGetValue(architecture, out uint newest)) return newest;
        SyscallTable table = SyscallTable.Get(architecture);
        foreach (string name in profile.Rules.Where(Applies).SelectMany(r => r.Names))
        {
            bool isPrivateToArm = architecture == SyscallArchitecture.Arm && table.TryGetNumber(name, out int p) && p > 0xF0000;
            if (!isPrivateToArm && table.TryGetNumber(name, out int number)) newest = Math.Max(newest, (uint)number);
        }
        return _newest[architecture] = newest;
    }

    private bool Applies(SeccompRule rule)
    {
        string native = target.Architecture == SyscallArchitecture.X64 ? "amd64" : "arm64";
        string[] held = [.. target.Capabilities.Select(c => c.ToString())];
        (SeccompCondition yes, SeccompCondition no) = (rule.Includes, rule.Excludes);
        if (no.Architectures.Contains(native) || no.Capabilities.Intersect(held).Any()) return false;
        if (no.MinimumKernel is not null && target.Kernel >= no.MinimumKernel) return false;
        if (yes.Architectures.Length > 0 && !yes.Architectures.Contains(native)) return false;
        if (yes.Capabilities.Except(held).Any()) return false;
        return yes.MinimumKernel is null || target.Kernel >= yes.MinimumKernel;
    }

    private static bool Holds(SeccompRule rule, ReadOnlySpan<ulong> arguments)
    {
        bool any = false, all = true;
        foreach (SeccompArgument argument in rule.Arguments)
        {
            ulong actual = arguments[argument.Index];
            bool holds = argument.Operator switch
            {
                SeccompOperator.NotEqual => actual != argument.Value,
                SeccompOperator.LessThan => actual < argument.Value,
                SeccompOperator.LessOrEqual => actual <= argument.Value,
                SeccompOperator.Equal => actual == argument.Value,
                SeccompOperator.GreaterOrEqual => actual >= argument.Value,
                SeccompOperator.GreaterThan => actual > argument.Value,
                _ => (actual & argument.Value) == argument.ValueTwo,
            };
            any |= holds;
            all &= holds;
        }
        bool repeated = rule.Arguments.Select(a => a.Index).Distinct().Count() < rule.Arguments.Length;
        return repeated ? any : all;
    }

    /// <summary>SECCOMP_RET_*.</summary>
    private static uint Value(SeccompAction action) => action.Kind switch
    {
        SeccompActionKind.KillProcess => KillProcess,
        SeccompActionKind.KillThread => 0,
        SeccompActionKind.Trap => 0x0003_0000,
        SeccompActionKind.Errno => 0x0005_0000 + action.Data,
        SeccompActionKind.Trace => 0x7FF0_0000 + action.Data,
        SeccompActionKind.Log => 0x7FFC_0000,
        SeccompActionKind.Allow => 0x7FFF_0000,
        _ => throw new InvalidOperationException(action.ToString()),
    };
}
