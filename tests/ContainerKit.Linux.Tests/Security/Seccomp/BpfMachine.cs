using System.Buffers.Binary;
using ContainerKit.Linux.Security;

namespace ContainerKit.Linux.Tests.Security.Seccomp;

/// <summary>Runs classic BPF as the kernel does, with the kernel's checks: a program that it would refuse fails here.</summary>
internal static class BpfMachine
{
    internal static uint Run(SeccompFilter filter, uint architecture, uint number, ReadOnlySpan<ulong> arguments)
        => Run(filter, architecture, number, arguments, out _);

    /// <summary>Number of instructions that a call takes whose arguments are all 0.</summary>
    internal static int Steps(SeccompFilter filter, uint architecture, uint number)
    {
        Run(filter, architecture, number, default, out int steps);
        return steps;
    }

    private static uint Run(SeccompFilter filter, uint architecture, uint number, ReadOnlySpan<ulong> arguments, out int steps)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        for (int i = 0; i < arguments.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + (8 * i))..], arguments[i]);

        ReadOnlySpan<SockFilter> program = filter.Instructions;
        uint accumulator = 0;
        steps = 0;
        for (int at = 0; ; at++)
        {
            SockFilter instruction = program[at];
            steps++;
            switch (instruction.Code)
            {
                case 0x20: accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)instruction.K..]); break;
                case 0x54: accumulator &= instruction.K; break;
                case 0x05: at = checked(at + (int)instruction.K); break;
                case 0x15: at += accumulator == instruction.K ? instruction.JumpTrue : instruction.JumpFalse; break;
                case 0x25: at += accumulator > instruction.K ? instruction.JumpTrue : instruction.JumpFalse; break;
                case 0x35: at += accumulator >= instruction.K ? instruction.JumpTrue : instruction.JumpFalse; break;
                case 0x06: return instruction.K;
                default: throw new InvalidOperationException($"Instruction {at} has the unknown code 0x{instruction.Code:x}.");
            }
        }
    }

    /// <summary>What bpf_check_classic() and seccomp_check_filter() ask for: known codes, aligned loads, jumps inside, a return at the end.</summary>
    internal static void Verify(SeccompFilter filter)
    {
        ReadOnlySpan<SockFilter> program = filter.Instructions;
        if (program.Length is 0 or > 4096 || program[^1].Code != 0x06) throw new InvalidOperationException("Length or end of the program.");
        for (int i = 0; i < program.Length; i++)
        {
            SockFilter instruction = program[i];
            bool good = instruction.Code switch
            {
                0x20 => instruction.K % 4 == 0 && instruction.K < 64,
                0x05 => i + 1 + (long)instruction.K < program.Length,
                0x15 or 0x25 or 0x35 => i + 1 + Math.Max(instruction.JumpTrue, instruction.JumpFalse) < program.Length,
                0x54 or 0x06 => true,
                _ => false,
            };
            if (!good) throw new InvalidOperationException($"Instruction {i} is not valid: {instruction}.");
        }
    }
}
