using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>What a profile is resolved for.</summary>
/// <param name="Capabilities">The container's bounding set.</param>
/// <param name="Kernel">The kernel's version; only major and minor count.</param>
/// <param name="Architecture">The native architecture.</param>
internal sealed record SeccompTarget(CapabilitySet Capabilities, Version Kernel, SyscallArchitecture Architecture)
{
    /// <summary>The architecture's name in <c>includes</c> and <c>excludes</c>.</summary>
    internal string ArchitectureName => Architecture switch
    {
        SyscallArchitecture.X64 => "amd64",
        SyscallArchitecture.Arm64 => "arm64",
        SyscallArchitecture.X86 => "x86",
        SyscallArchitecture.X32 => "x32",
        _ => "arm",
    };

    /// <summary>The running kernel, with <paramref name="capabilities"/>.</summary>
    internal static SeccompTarget Current(CapabilitySet capabilities)
        => new(capabilities, Environment.OSVersion.Version, SyscallTable.NativeArchitecture);

    internal bool Has(string capability)
        => CapabilityNames.TryParse(capability, out Capability known) && Capabilities.Contains(known);

    internal bool IsAtLeast(Version kernel)
        => Kernel.Major > kernel.Major || (Kernel.Major == kernel.Major && Kernel.Minor >= kernel.Minor);
}
