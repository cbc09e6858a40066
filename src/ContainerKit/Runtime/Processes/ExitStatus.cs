namespace ContainerKit;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">The exit code, 0 to 255; 128 + n when signal n ended the process.</param>
/// <param name="Signal">The signal that ended the process, or null when it exited by itself.</param>
public readonly record struct ExitStatus(int ExitCode, int? Signal = null)
{
    /// <summary>True for exit code 0.</summary>
    public bool IsSuccess => ExitCode == 0;

    /// <summary>The status of a process that <paramref name="signal"/> ended: exit code 128 + signal.</summary>
    /// <param name="signal">The signal's number.</param>
    public static ExitStatus FromSignal(int signal) => new(128 + signal, signal);
}
