using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ContainerKit.Linux.Security;

/// <summary>A compiled seccomp filter: what seccomp(2) loads with SECCOMP_SET_MODE_FILTER. Immutable.</summary>
public sealed class SeccompFilter
{
    private readonly byte[] _program;

    internal SeccompFilter(byte[] program, SeccompFilterFlags flags)
    {
        _program = program;
        Flags = flags;
    }

    /// <summary>The array of struct sock_filter (8 bytes each, in the byte order of the machine) that struct sock_fprog points to.</summary>
    public ReadOnlyMemory<byte> Program => _program;

    /// <summary>Number of instructions: <c>len</c> of struct sock_fprog.</summary>
    public int InstructionCount => Instructions.Length;

    /// <summary>Flags for seccomp(2).</summary>
    public SeccompFilterFlags Flags { get; }

    internal ReadOnlySpan<SockFilter> Instructions => MemoryMarshal.Cast<byte, SockFilter>(_program);

    /// <summary>The program as text, one instruction per line, jumps with the numbers of the lines they go to.</summary>
    public string Disassemble()
    {
        var text = new StringBuilder();
        ReadOnlySpan<SockFilter> instructions = Instructions;
        for (int i = 0; i < instructions.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i,4}: {Describe(instructions[i], i + 1)}\n");
        return text.ToString();
    }

    private static string Describe(SockFilter instruction, int next) => instruction.Code switch
    {
        SockFilter.Load => $"ld  [{Field(instruction.K)}]",
        SockFilter.And => $"and #0x{instruction.K:x}",
        SockFilter.Jump => $"ja  {next + instruction.K}",
        SockFilter.JumpIfEqual => Branch("jeq", instruction, next),
        SockFilter.JumpIfGreater => Branch("jgt", instruction, next),
        SockFilter.JumpIfGreaterOrEqual => Branch("jge", instruction, next),
        _ => $"ret #0x{instruction.K:x8}",
    };

    private static string Branch(string name, SockFilter instruction, int next)
        => $"{name} #0x{instruction.K:x}, {next + instruction.JumpTrue}, {next + instruction.JumpFalse}";

    private static string Field(uint offset) => offset switch
    {
        0 => "nr",
        4 => "arch",
        < 16 => $"ip+{offset - 8}",
        _ => $"args[{(offset - 16) / 8}].{(offset % 8 == 0 ? "low" : "high")}",
    };
}
