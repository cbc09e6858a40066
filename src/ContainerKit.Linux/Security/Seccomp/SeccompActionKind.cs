namespace ContainerKit.Linux.Security;

/// <summary>What the kernel does with a system call, seccomp(2).</summary>
public enum SeccompActionKind
{
    /// <summary>SCMP_ACT_KILL_PROCESS: the whole process ends with SIGSYS.</summary>
    KillProcess,

    /// <summary>SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD: the calling thread ends.</summary>
    KillThread,

    /// <summary>SCMP_ACT_TRAP: the thread gets SIGSYS, which it may handle.</summary>
    Trap,

    /// <summary>SCMP_ACT_ERRNO: the call fails with an error number and isn't executed.</summary>
    Errno,

    /// <summary>SCMP_ACT_TRACE: a ptrace(2) tracer decides; without one the call fails with ENOSYS.</summary>
    Trace,

    /// <summary>SCMP_ACT_LOG: the call is logged and executed.</summary>
    Log,

    /// <summary>SCMP_ACT_ALLOW: the call is executed.</summary>
    Allow,
}
