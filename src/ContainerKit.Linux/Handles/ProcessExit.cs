namespace ContainerKit.Linux.Handles;

/// <summary>How a process ended, wait(2).</summary>
/// <param name="ExitCode">The exit code, 0 to 255, when the process exited by itself; otherwise null.</param>
/// <param name="Signal">The signal that ended the process; otherwise null.</param>
/// <param name="CoreDumped">True when the signal also made it dump core.</param>
public readonly record struct ProcessExit(int? ExitCode, int? Signal, bool CoreDumped)
{
    /// <summary>
    /// The process ended and the kernel told nobody here how: it was not a child of this process, or something else in this process
    /// (a SIGCHLD handler that waits for every child, SIGCHLD set to SIG_IGN) took its status first.
    /// </summary>
    public static ProcessExit Unknown => default;

    /// <summary>True when the status is known, that is, this is not <see cref="Unknown"/>.</summary>
    public bool IsKnown => ExitCode.HasValue || Signal.HasValue;
}
