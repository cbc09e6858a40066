namespace ContainerKit.Linux.Io;

/// <summary>Options of <see cref="FdPipe"/>.</summary>
public sealed record FdPipeOptions
{
    /// <summary>64 KiB, and the descriptor is closed with the reader or writer.</summary>
    public static FdPipeOptions Default { get; } = new();

    /// <summary>
    /// Bytes that one read takes from the descriptor at most. What was read and not examined is handed out again before the descriptor is
    /// read, so no more than this waits in memory for a slow consumer; the rest stays in the kernel, where it stops the sender.
    /// At least 1; default 65,536.
    /// </summary>
    public int PauseThreshold { get; init; } = 64 * 1024;

    /// <summary>True: completing the reader or writer leaves the descriptor open, for the caller to dispose. Default false.</summary>
    public bool LeaveOpen { get; init; }
}
