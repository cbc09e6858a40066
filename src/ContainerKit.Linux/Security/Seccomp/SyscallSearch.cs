namespace ContainerKit.Linux.Security;

/// <summary>Writes the search for a call's number, which is in the accumulator, and what is decided there.</summary>
/// <param name="assembler">The program.</param>
/// <param name="shared">Addresses of decisions with cases that are in the program already.</param>
/// <param name="segments">All numbers, ascending.</param>
internal sealed class SyscallSearch(BpfAssembler assembler, Dictionary<SyscallDecision, int> shared, List<SyscallSegment> segments)
{
    /// <summary>Offset of args in struct seccomp_data; each has its low word first (both architectures are little-endian).</summary>
    private const int ArgumentsOffset = 16;

    internal int Emit() => Emit(0, segments.Count);

    private int Emit(int from, int to)
    {
        if (to - from == 1) return Decide(segments[from].Decision);
        int middle = from + ((to - from) / 2);
        int above = Emit(middle, to);
        int below = Emit(from, middle);
        return assembler.Branch(SockFilter.JumpIfGreaterOrEqual, segments[middle].Start, above, below);
    }

    private int Decide(SyscallDecision decision)
    {
        int next = assembler.Return(decision.Otherwise.ReturnValue);
        if (decision.IsConstant) return next;
        if (shared.TryGetValue(decision, out int known)) return known;
        int end = decision.Cases.Length;
        while (end > 0)
        {
            int start = SwitchStart(decision.Cases, end);
            if (end - start > 1) next = Switch(decision.Cases, start, end, next);
            else next = Case(decision.Cases[start], next);
            end = start;
        }
        return shared[decision] = next;
    }

    /// <summary>
    /// Where the run of cases before <paramref name="end"/> begins that compare one argument for equality with values of the same high
    /// word, such as socket's address families: they can share the loads.
    /// </summary>
    private static int SwitchStart(SyscallCase[] cases, int end)
    {
        int start = end - 1;
        if (SingleEquality(cases[start]) is not { } last) return start;
        while (start > 0 && SingleEquality(cases[start - 1]) is { } other && other.Index == last.Index && High(other.Value) == High(last.Value))
            start--;
        return start;
    }

    private static SeccompArgument? SingleEquality(SyscallCase @case)
        => @case.Conditions.Length == 1 && @case.Conditions[0].Operator == SeccompOperator.Equal ? @case.Conditions[0] : null;

    private int Switch(SyscallCase[] cases, int start, int end, int otherwise)
    {
        int low = otherwise;
        for (int i = end - 1; i >= start; i--)
        {
            int hit = assembler.Return(cases[i].Action.ReturnValue);
            low = assembler.Branch(SockFilter.JumpIfEqual, Low(cases[i].Conditions[0].Value), hit, low);
        }
        SeccompArgument first = cases[start].Conditions[0];
        return OnHighWord(first.Index, SockFilter.JumpIfEqual, High(first.Value), LoadLow(first.Index, low), otherwise);
    }

    private int Case(SyscallCase @case, int otherwise)
    {
        int hit = assembler.Return(@case.Action.ReturnValue);
        for (int i = @case.Conditions.Length - 1; i >= 0; i--) hit = Compare(@case.Conditions[i], hit, otherwise);
        return hit;
    }

    private int Compare(SeccompArgument argument, int hit, int miss) => argument.Operator switch
    {
        SeccompOperator.Equal => Equal(argument.Index, argument.Value, hit, miss),
        SeccompOperator.NotEqual => Equal(argument.Index, argument.Value, miss, hit),
        SeccompOperator.GreaterOrEqual => Greater(SockFilter.JumpIfGreaterOrEqual, argument, hit, miss),
        SeccompOperator.LessThan => Greater(SockFilter.JumpIfGreaterOrEqual, argument, miss, hit),
        SeccompOperator.GreaterThan => Greater(SockFilter.JumpIfGreater, argument, hit, miss),
        SeccompOperator.LessOrEqual => Greater(SockFilter.JumpIfGreater, argument, miss, hit),
        _ => Masked(argument, hit, miss),
    };

    private int Equal(int index, ulong value, int hit, int miss)
    {
        int low = LoadLow(index, assembler.Branch(SockFilter.JumpIfEqual, Low(value), hit, miss));
        return OnHighWord(index, SockFilter.JumpIfEqual, High(value), low, miss);
    }

    private int Greater(ushort lowWord, SeccompArgument argument, int hit, int miss)
    {
        int low = LoadLow(argument.Index, assembler.Branch(lowWord, Low(argument.Value), hit, miss));
        int equal = assembler.Branch(SockFilter.JumpIfEqual, High(argument.Value), low, miss);
        return OnHighWord(argument.Index, SockFilter.JumpIfGreater, High(argument.Value), hit, equal);
    }

    private int Masked(SeccompArgument argument, int hit, int miss)
    {
        (ulong mask, ulong value) = (argument.Value, argument.ValueTwo);
        if ((value & ~mask) != 0) return miss;
        int low = hit;
        if (Low(mask) != 0)
        {
            int compare = assembler.Branch(SockFilter.JumpIfEqual, Low(value), hit, miss);
            low = LoadLow(argument.Index, assembler.And(Low(mask), compare));
        }
        if (High(mask) == 0) return low;
        int high = assembler.Branch(SockFilter.JumpIfEqual, High(value), low, miss);
        return assembler.Load(HighOffset(argument.Index), assembler.And(High(mask), high));
    }

    private int OnHighWord(int index, ushort code, uint operand, int whenTrue, int whenFalse)
        => assembler.Load(HighOffset(index), assembler.Branch(code, operand, whenTrue, whenFalse));

    private int LoadLow(int index, int next) => assembler.Load(ArgumentsOffset + (8 * index), next);

    private static int HighOffset(int index) => ArgumentsOffset + (8 * index) + 4;

    private static uint Low(ulong value) => (uint)value;

    private static uint High(ulong value) => (uint)(value >> 32);
}
