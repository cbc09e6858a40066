using System.Collections.Immutable;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>libseccomp's names of architectures.</summary>
internal static class SeccompArchitectures
{
    private static readonly ImmutableArray<string> Known =
    [
        "SCMP_ARCH_NATIVE", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",
        "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",
        "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_LOONGARCH64",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
    ];

    internal static bool IsKnown(string name) => Known.Contains(name);

    /// <summary>The native architecture first, then those of the lists that its kernel also runs.</summary>
    internal static List<SyscallTable> Expand(
        SyscallArchitecture native, ImmutableArray<string> names, ImmutableArray<SeccompArchitectureMap> maps)
    {
        SeccompArchitectureMap? map = null;
        foreach (SeccompArchitectureMap candidate in maps)
        {
            if (map is null && candidate.Architecture == GetName(native)) map = candidate;
        }

        var tables = new List<SyscallTable> { SyscallTable.Get(native) };
        SyscallArchitecture[] compat = native switch
        {
            SyscallArchitecture.X64 => [SyscallArchitecture.X86, SyscallArchitecture.X32],
            SyscallArchitecture.Arm64 => [SyscallArchitecture.Arm],
            _ => [],
        };
        foreach (SyscallArchitecture architecture in compat)
        {
            string name = GetName(architecture);
            if (names.Contains(name) || (map is not null && map.SubArchitectures.Contains(name))) tables.Add(SyscallTable.Get(architecture));
        }
        return tables;
    }

    private static string GetName(SyscallArchitecture architecture) => architecture switch
    {
        SyscallArchitecture.X64 => "SCMP_ARCH_X86_64",
        SyscallArchitecture.Arm64 => "SCMP_ARCH_AARCH64",
        SyscallArchitecture.X86 => "SCMP_ARCH_X86",
        SyscallArchitecture.X32 => "SCMP_ARCH_X32",
        _ => "SCMP_ARCH_ARM",
    };
}
