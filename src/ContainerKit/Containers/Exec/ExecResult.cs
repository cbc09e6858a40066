namespace ContainerKit;

/// <summary>What a command did. A non-zero exit is data, not an exception.</summary>
/// <param name="ExitStatus">How it ended.</param>
/// <param name="StandardOutput">What it wrote to standard output, decoded as UTF-8; with a terminal everything.</param>
/// <param name="StandardError">What it wrote to standard error, decoded as UTF-8.</param>
public sealed record ExecResult(ExitStatus ExitStatus, string StandardOutput, string StandardError)
{
    /// <summary>The exit code, 128 + n when signal n ended it.</summary>
    public int ExitCode => ExitStatus.ExitCode;
}
