using System.Collections.Immutable;

namespace ContainerKit.Linux.Security;

/// <summary>A native architecture and the architectures whose calls are let through to the rules beside its own.</summary>
/// <param name="Architecture">The native one, <c>SCMP_ARCH_X86_64</c> or <c>SCMP_ARCH_AARCH64</c>; others are kept and have no effect.</param>
/// <param name="SubArchitectures">The compat ones: <c>SCMP_ARCH_X86</c>, <c>SCMP_ARCH_X32</c>, <c>SCMP_ARCH_ARM</c>.</param>
public sealed record SeccompArchitectureMap(string Architecture, ImmutableArray<string> SubArchitectures);
