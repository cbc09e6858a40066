namespace ContainerKit.Linux.Security;

/// <summary>What the kernel does with a system call, with the action's data.</summary>
public readonly record struct SeccompAction
{
    private const uint MaxErrno = 4095;

    private SeccompAction(SeccompActionKind kind, uint data = 0)
    {
        Kind = kind;
        Data = data;
    }

    /// <summary>The call is executed.</summary>
    public static SeccompAction Allow { get; } = new(SeccompActionKind.Allow);

    /// <summary>The call is logged and executed.</summary>
    public static SeccompAction Log { get; } = new(SeccompActionKind.Log);

    /// <summary>The thread gets SIGSYS.</summary>
    public static SeccompAction Trap { get; } = new(SeccompActionKind.Trap);

    /// <summary>The calling thread ends.</summary>
    public static SeccompAction KillThread { get; } = new(SeccompActionKind.KillThread);

    /// <summary>The process ends.</summary>
    public static SeccompAction KillProcess { get; } = new(SeccompActionKind.KillProcess);

    /// <summary>What is done.</summary>
    public SeccompActionKind Kind { get; }

    /// <summary>The error number of <see cref="SeccompActionKind.Errno"/>, the message of <see cref="SeccompActionKind.Trace"/>, else 0.</summary>
    public uint Data { get; }

    /// <summary>The filter's return value, SECCOMP_RET_* of linux/seccomp.h.</summary>
    internal uint ReturnValue => Data | Kind switch
    {
        SeccompActionKind.KillProcess => 0x8000_0000,
        SeccompActionKind.KillThread => 0x0000_0000,
        SeccompActionKind.Trap => 0x0003_0000,
        SeccompActionKind.Errno => 0x0005_0000,
        SeccompActionKind.Trace => 0x7FF0_0000,
        SeccompActionKind.Log => 0x7FFC_0000,
        _ => 0x7FFF_0000u,
    };

    /// <summary>True when the call goes on, or somebody else decides that.</summary>
    internal bool IsPermissive => Kind is SeccompActionKind.Allow or SeccompActionKind.Log or SeccompActionKind.Trace;

    /// <summary>The call fails with <paramref name="errno"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is above 4095, the most that the kernel returns.</exception>
    public static SeccompAction Fail(Errno errno)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)errno, MaxErrno, nameof(errno));
        return new SeccompAction(SeccompActionKind.Errno, (uint)errno);
    }

    /// <summary>A tracer decides, and finds <paramref name="message"/> with PTRACE_GETEVENTMSG.</summary>
    public static SeccompAction Trace(ushort message) => new(SeccompActionKind.Trace, message);

    /// <inheritdoc/>
    public bool Equals(SeccompAction other) => Kind == other.Kind && Data == other.Data;

    /// <inheritdoc/>
    public override int GetHashCode() => (int)ReturnValue;

    /// <summary>The action's kind, with its data: <c>Errno 1</c>.</summary>
    public override string ToString() => Kind is SeccompActionKind.Errno or SeccompActionKind.Trace ? $"{Kind} {Data}" : Kind.ToString();
}
