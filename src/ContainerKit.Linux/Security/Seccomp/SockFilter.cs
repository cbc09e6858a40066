using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Security;

/// <summary>struct sock_filter of linux/filter.h: one instruction of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SockFilter(ushort Code, byte JumpTrue, byte JumpFalse, uint K)
{
    /// <summary>BPF_LD|BPF_W|BPF_ABS: accumulator = 32-bit word at K of struct seccomp_data.</summary>
    internal const ushort Load = 0x20;

    /// <summary>BPF_ALU|BPF_AND|BPF_K.</summary>
    internal const ushort And = 0x54;

    /// <summary>BPF_JMP|BPF_JA: skip K instructions.</summary>
    internal const ushort Jump = 0x05;

    /// <summary>BPF_JMP|BPF_JEQ|BPF_K.</summary>
    internal const ushort JumpIfEqual = 0x15;

    /// <summary>BPF_JMP|BPF_JGT|BPF_K, unsigned.</summary>
    internal const ushort JumpIfGreater = 0x25;

    /// <summary>BPF_JMP|BPF_JGE|BPF_K, unsigned.</summary>
    internal const ushort JumpIfGreaterOrEqual = 0x35;

    /// <summary>BPF_RET|BPF_K.</summary>
    internal const ushort Return = 0x06;

    /// <summary>Bytes of one instruction.</summary>
    internal const int Size = 8;

    /// <summary>BPF_MAXINSNS: the longest program that the kernel takes.</summary>
    internal const int MaxInstructions = 4096;
}
