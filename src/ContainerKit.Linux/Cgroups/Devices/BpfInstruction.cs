namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>The few eBPF instructions that a device program needs, Documentation/bpf/standardization/instruction-set.rst.</summary>
/// <param name="Opcode">Class, source and operation.</param>
/// <param name="Destination">Register 0 to 10.</param>
/// <param name="Source">Register 0 to 10.</param>
/// <param name="Offset">Of a load in bytes, of a jump in instructions after the next one.</param>
/// <param name="Immediate">Operand, sign-extended to 64 bits.</param>
internal readonly record struct BpfInstruction(byte Opcode, byte Destination, byte Source, short Offset, int Immediate)
{
    internal const byte LoadWord = 0x61;
    internal const byte MoveRegister = 0xbf;
    internal const byte MoveImmediate = 0xb7;
    internal const byte AndImmediate = 0x57;
    internal const byte ShiftRightImmediate = 0x77;
    internal const byte JumpIfNotEqualImmediate = 0x55;
    internal const byte JumpIfNotEqualRegister = 0x5d;
    internal const byte ExitOpcode = 0x95;

    internal static BpfInstruction Exit => new(ExitOpcode, 0, 0, 0, 0);

    internal static BpfInstruction Load(byte destination, byte source, short offset) => new(LoadWord, destination, source, offset, 0);

    internal static BpfInstruction Move(byte destination, byte source) => new(MoveRegister, destination, source, 0, 0);

    internal static BpfInstruction Set(byte destination, int value) => new(MoveImmediate, destination, 0, 0, value);

    internal static BpfInstruction And(byte destination, int mask) => new(AndImmediate, destination, 0, 0, mask);

    internal static BpfInstruction ShiftRight(byte destination, int bits) => new(ShiftRightImmediate, destination, 0, 0, bits);

    /// <summary>The 64-bit form of struct bpf_insn on a little-endian machine (both that .NET runs Linux containers on are).</summary>
    internal ulong Encode()
        => Opcode | (ulong)(Destination | (Source << 4)) << 8 | (ulong)(ushort)Offset << 16 | (ulong)(uint)Immediate << 32;
}
