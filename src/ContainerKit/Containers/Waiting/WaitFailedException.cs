namespace ContainerKit;

/// <summary>
/// A container was not ready in time, ended before it was ready, or can't become ready. The message says what was waited for, what was seen, and what the
/// container wrote last.
/// </summary>
public sealed class WaitFailedException : ContainerKitException
{
    /// <summary>Creates the exception with a message that says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong, with the name of the container, and what to do about it.</param>
    /// <param name="inner">What the last attempt threw, or null.</param>
    public WaitFailedException(string message, Exception? inner = null)
        : base(ContainerKitErrorCode.NotReady, message, inner)
    {
    }

    /// <summary>The container's id; it may be gone by now.</summary>
    public string ContainerId { get; init; } = "";

    /// <summary>The container's name; it may be gone by now.</summary>
    public string ContainerName { get; init; } = "";

    /// <summary>What was waited for.</summary>
    public WaitStrategy? Strategy { get; init; }

    /// <summary>How the container ended; null when it was running or is gone.</summary>
    public ExitStatus? ExitStatus { get; init; }

    /// <summary>True: the time was over; false: waiting longer would not have helped.</summary>
    public bool IsTimeout { get; init; }

    /// <summary>The last lines of its output, at most 30.</summary>
    public IReadOnlyList<LogLine> Log { get; init; } = [];

    /// <summary>True when the time was over.</summary>
    public override bool IsTransient => IsTimeout;
}
