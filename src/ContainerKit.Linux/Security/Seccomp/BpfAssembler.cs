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

    private SockFilter[] _reversed = new SockFilter[512];
    private int _count;

    internal int Return(uint value)
    {
        for (int known = _count; known > Math.Max(0, _count - ReturnReach); known--)
        {
            if (_reversed[known - 1].Code == SockFilter.Return && _reversed[known - 1].K == value) return known;
        }
        return Emit(new SockFilter(SockFilter.Return, 0, 0, value));
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

    /// <summary>The array of struct sock_filter that begins at <paramref name="entry"/>.</summary>
    internal byte[] Build(int entry)
    {
        if (entry != _count) JumpTo(entry);
        byte[] program = new byte[_count * SockFilter.Size];
        Span<byte> rest = program;
        for (int i = _count - 1; i >= 0; i--)
        {
            BitConverter.TryWriteBytes(rest, _reversed[i].Code);
            rest[2] = _reversed[i].JumpTrue;
            rest[3] = _reversed[i].JumpFalse;
            BitConverter.TryWriteBytes(rest[4..], _reversed[i].K);
            rest = rest[SockFilter.Size..];
        }
        return program;
    }

    private int Then(SockFilter instruction, int next)
    {
        if (next != _count) JumpTo(next);
        return Emit(instruction);
    }

    private int JumpTo(int target) => Emit(new SockFilter(SockFilter.Jump, 0, 0, (uint)Distance(target)));

    /// <summary>How many instructions the next one to be written would have to skip.</summary>
    private int Distance(int target) => _count - target;

    private int Emit(SockFilter instruction)
    {
        if (_count == _reversed.Length) Array.Resize(ref _reversed, _count * 2);
        _reversed[_count] = instruction;
        return ++_count;
    }
}
