using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>
/// Compiles a resolved profile to classic BPF: one comparison per architecture, then a binary search over ranges of call numbers with the
/// same outcome, then the conditions of the call, if it has any.
/// </summary>
/// <remarks>
/// The way to a call's outcome uses only the instructions that seccomp_is_const_allow() of kernel/seccomp.c can evaluate when the filter
/// is loaded (loads of nr and arch, jumps, returns): since Linux 5.11 calls that are allowed whatever their arguments don't run the filter.
/// </remarks>
internal static class SeccompCompiler
{
    /// <summary>Offsets in struct seccomp_data.</summary>
    private const int NumberOffset = 0, ArchitectureOffset = 4;

    /// <summary>A call of an architecture without rules. A kill of only the thread would leave its process without the locks it held.</summary>
    private static readonly SeccompAction BadArchitecture = SeccompAction.KillProcess;

    internal static SeccompFilter Compile(ResolvedSeccompProfile profile)
    {
        var assembler = new BpfAssembler();
        var shared = new Dictionary<SyscallDecision, int>();
        List<SyscallLine> lines = Lines(profile);
        int entry = assembler.Return(BadArchitecture.ReturnValue);

        // Written back to front: the native architecture last, to be tested first.
        for (int i = lines.Count - 1; i >= 0; i--)
        {
            int search = new SyscallSearch(assembler, shared, lines[i].Segments).Emit();
            entry = assembler.Branch(SockFilter.JumpIfEqual, lines[i].Token, assembler.Load(NumberOffset, search), entry);
        }

        byte[] program = assembler.Build(assembler.Load(ArchitectureOffset, entry));
        int length = program.Length / SockFilter.Size;
        if (length > SockFilter.MaxInstructions)
            throw new InvalidOperationException(
                $"The seccomp profile compiles to {length} instructions; the kernel takes {SockFilter.MaxInstructions}.");
        return new SeccompFilter(program, profile.Flags);
    }

    /// <summary>All 32-bit numbers by audit token. x32's calls are on x86-64's line: they share its token and have their bit set.</summary>
    private static List<SyscallLine> Lines(ResolvedSeccompProfile profile)
    {
        var lines = new List<SyscallLine>();
        ResolvedArchitecture? x64 = null, x32 = null;
        foreach (ResolvedArchitecture architecture in profile.Architectures)
        {
            if (architecture.Table.Architecture == SyscallArchitecture.X32)
            {
                x32 = architecture;
                continue;
            }
            if (architecture.Table.Architecture == SyscallArchitecture.X64) x64 = architecture;
            var line = new SyscallLine(architecture.Table.AuditArchitecture);
            line.Add(architecture, 0, profile.DefaultAction);
            lines.Add(line);
        }
        if (x64 is null) return lines;

        SyscallLine native = lines[0];
        if (x32 is not null)
        {
            native.Add(x32, SyscallTable.X32Bit, profile.DefaultAction);
        }
        else
        {
            native.Add(SyscallTable.X32Bit, BadArchitecture);
            native.Add(uint.MaxValue, x64.UnknownAction); // -1 is no x32 call: it is what a tracer sets to skip a call
        }
        return lines;
    }
}
