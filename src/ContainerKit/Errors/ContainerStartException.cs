namespace ContainerKit;

/// <summary>A container's or exec's process that could not be started. <see cref="ExitCode"/> is what Docker would report.</summary>
public sealed class ContainerStartException : ContainerKitException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="stage">The step that failed, as the launch program prints it, for instance <c>mount proc on /proc</c>.</param>
    /// <param name="exitCode">125 could not be created, 126 not executable, 127 not found.</param>
    /// <param name="message">What is wrong and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public ContainerStartException(string stage, int exitCode, string message, Exception? inner = null)
        : base(ContainerKitErrorCode.ContainerStart, message, inner)
    {
        Stage = stage;
        ExitCode = exitCode;
    }

    /// <summary>The step that failed.</summary>
    public string Stage { get; }

    /// <summary>125: could not be created. 126: found but not executable. 127: not found.</summary>
    public int ExitCode { get; }
}
