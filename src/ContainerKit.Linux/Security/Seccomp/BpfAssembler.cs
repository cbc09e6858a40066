namespace ContainerKit.Linux.Security;

/// <summary>
/// Writes a classic BPF program from its end to its beginning. Jumps only go forward, so a target is always written before what jumps to
/// it: distances are known at once, and a conditional jump that can't reach (its offsets have 8 bits) gets a JA behind it.
/// </summary>
/// <remarks>
/// An address is the number of instructions from there to the end of the program, so it stays right as the program grows. Every method
/// takes the addresses where execution goes on and returns the address of what it wrote.
/// </remarks>
internal sealed class BpfAssembler
{
    /// <summary>A return that is further away is written again: no dearer than the JA that would reach it, and quicker.</summary>
    private const int ReturnReach = 200;

    private readonly List<SockFilter> _reversed = [];
    private readonly Dictionary<uint, int> _returns = [];

    internal int Return(uint value)
    {
        if (_returns.TryGetValue(value, out int known) && _reversed.Count - known <= ReturnReach) return known;
        return _returns[value] = Emit(new SockFilter(SockFilter.Return, 0, 0, value));
    }

    /// <summary>Loads the word at <paramref name="offset"/> of struct seccomp_data, then goes on at <paramref name="next"/>.</summary>
    internal int Load(int offset, int next) => Then(new SockFilter(SockFilter.Load, 0, 0, (uint)offset), next);

    internal int And(uint mask, int next) => mask == uint.MaxValue ? next : Then(new SockFilter(SockFilter.And, 0, 0, mask), next);

    /// <summary>A conditional jump; <paramref name="code"/> is one of the JumpIf codes.</summary>
    internal int Branch(ushort code, uint operand, int whenTrue, int whenFalse)
    {
        if (whenTrue == whenFalse) return whenTrue;

        // A trampoline moves the other target one further away, so look again until both are in reach.
        while (true)
        {
            if (Distance(whenFalse) > byte.MaxValue) whenFalse = JumpTo(whenFalse);
            else if (Distance(whenTrue) > byte.MaxValue) whenTrue = JumpTo(whenTrue);
            else return Emit(new SockFilter(code, (byte)Distance(whenTrue), (byte)Distance(whenFalse), operand));
        }
    }

    /// <summary>The program that begins at <paramref name="entry"/>.</summary>
    internal SockFilter[] Build(int entry)
    {
        if (entry != _reversed.Count) JumpTo(entry);
        var program = _reversed.ToArray();
        Array.Reverse(program);
        return program;
    }

    private int Then(SockFilter instruction, int next)
    {
        if (next != _reversed.Count) JumpTo(next);
        return Emit(instruction);
    }

    private int JumpTo(int target) => Emit(new SockFilter(SockFilter.Jump, 0, 0, (uint)Distance(target)));

    /// <summary>How many instructions the next one to be written would have to skip.</summary>
    private int Distance(int target) => _reversed.Count - target;

    private int Emit(SockFilter instruction)
    {
        _reversed.Add(instruction);
        return _reversed.Count;
    }
}
