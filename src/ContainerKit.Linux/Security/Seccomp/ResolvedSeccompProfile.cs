using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Security;

/// <summary>A profile for one target: calls by number, nothing left to decide but the values of arguments.</summary>
/// <param name="DefaultAction">For calls without a rule.</param>
/// <param name="Architectures">The native one first.</param>
/// <param name="Flags">For seccomp(2).</param>
internal sealed record ResolvedSeccompProfile(SeccompAction DefaultAction, ResolvedArchitecture[] Architectures, SeccompFilterFlags Flags);

/// <summary>The calls of one architecture.</summary>
/// <param name="Table">Its numbers.</param>
/// <param name="Syscalls">What rules name, ascending.</param>
/// <param name="NewestKnown">The highest number that a rule names; calls above it get <paramref name="UnknownAction"/>.</param>
/// <param name="UnknownAction">For calls that came after the profile was written.</param>
internal sealed record ResolvedArchitecture(SyscallTable Table, ResolvedSyscall[] Syscalls, uint NewestKnown, SeccompAction UnknownAction);

/// <summary>A call and what is decided for it.</summary>
internal sealed record ResolvedSyscall(uint Number, SyscallDecision Decision);
