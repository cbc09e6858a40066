namespace ContainerKit.Linux.Launching;

/// <summary>A launch program that stopped at an operation; the inner exception is the failed system call.</summary>
public sealed class LaunchException : IOException
{
    internal LaunchException(string stage, LinuxException failure)
        : base($"{stage}: {failure.Message}", failure)
    {
        Stage = stage;
        Failure = failure;
    }

    /// <summary>The phase of the launch: <c>namespaces</c>, <c>mounts</c>, <c>execute</c>, as the printed program names it.</summary>
    public string Stage { get; }

    /// <summary>The system call that failed.</summary>
    public LinuxException Failure { get; }
}
