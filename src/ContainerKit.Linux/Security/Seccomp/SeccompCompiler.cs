using System.Runtime.InteropServices;
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
        int entry = assembler.Return(BadArchitecture.ReturnValue);
        IEnumerable<IGrouping<uint, ResolvedArchitecture>> byToken = profile.Architectures.GroupBy(a => a.Table.AuditArchitecture);

        // Written back to front: the native architecture last, to be tested first.
        foreach (IGrouping<uint, ResolvedArchitecture> token in byToken.Reverse())
        {
            int search = new SyscallSearch(assembler, shared, Segments(token, profile.DefaultAction)).Emit();
            entry = assembler.Branch(SockFilter.JumpIfEqual, token.Key, assembler.Load(NumberOffset, search), entry);
        }

        SockFilter[] program = assembler.Build(assembler.Load(ArchitectureOffset, entry));
        if (program.Length > SockFilter.MaxInstructions)
            throw new InvalidOperationException(
                $"The seccomp profile compiles to {program.Length} instructions; the kernel takes {SockFilter.MaxInstructions}.");
        return new SeccompFilter(MemoryMarshal.AsBytes<SockFilter>(program).ToArray(), profile.Flags);
    }

    /// <summary>The line of all 32-bit numbers under one audit token: x32's calls share it with x86-64's and have their bit set.</summary>
    private static List<SyscallSegment> Segments(IEnumerable<ResolvedArchitecture> architectures, SeccompAction defaultAction)
    {
        var line = new SyscallLine();
        bool hasX32 = false;
        SyscallTable? table = null;
        SeccompAction unknown = defaultAction;
        foreach (ResolvedArchitecture architecture in architectures.OrderBy(a => a.Table.Architecture == SyscallArchitecture.X32))
        {
            table = architecture.Table;
            unknown = architecture.UnknownAction;
            hasX32 |= table.Architecture == SyscallArchitecture.X32;
            Add(line, architecture, defaultAction);
        }

        if (table?.Architecture == SyscallArchitecture.X64 && !hasX32)
        {
            line.Add(SyscallTable.X32Bit, BadArchitecture);
            line.Add(uint.MaxValue, unknown); // -1 is no x32 call: it is what a tracer sets to skip a call
        }
        return line.Segments;
    }

    private static void Add(SyscallLine line, ResolvedArchitecture architecture, SeccompAction defaultAction)
    {
        uint next = architecture.Table.Architecture == SyscallArchitecture.X32 ? SyscallTable.X32Bit : 0u;
        foreach ((uint number, SyscallDecision decision) in architecture.Decisions)
        {
            AddGap(next, number);
            line.Add(number, decision);
            next = number + 1;
        }
        AddGap(next, uint.MaxValue);

        void AddGap(uint from, uint to)
        {
            if (from == to) return;
            if (from <= architecture.NewestKnown) line.Add(from, defaultAction);
            else line.Add(from, architecture.UnknownAction);
        }
    }
}
