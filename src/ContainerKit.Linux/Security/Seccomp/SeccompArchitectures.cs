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

    /// <summary>The native architecture and those of the lists that its kernel also runs, in the order of the enumeration.</summary>
    internal static IEnumerable<SyscallArchitecture> Expand(
        SyscallArchitecture native, ImmutableArray<string> names, ImmutableArray<SeccompArchitectureMap> maps)
    {
        IEnumerable<string> mapped = maps.FirstOrDefault(m => Find(m.Architecture) == native)?.SubArchitectures ?? [];
        ImmutableArray<SyscallArchitecture> reachable = native switch
        {
            SyscallArchitecture.X64 => [SyscallArchitecture.X86, SyscallArchitecture.X32],
            SyscallArchitecture.Arm64 => [SyscallArchitecture.Arm],
            _ => [],
        };
        return names.Concat(mapped).Select(Find).OfType<SyscallArchitecture>().Where(a => reachable.Contains(a)).Append(native).Distinct().Order();
    }

    private static SyscallArchitecture? Find(string name) => name switch
    {
        "SCMP_ARCH_X86_64" => SyscallArchitecture.X64,
        "SCMP_ARCH_AARCH64" => SyscallArchitecture.Arm64,
        "SCMP_ARCH_X86" => SyscallArchitecture.X86,
        "SCMP_ARCH_X32" => SyscallArchitecture.X32,
        "SCMP_ARCH_ARM" => SyscallArchitecture.Arm,
        _ => null,
    };
}
