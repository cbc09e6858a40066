using ContainerKit.Containers.Waiting;

namespace ContainerKit;

/// <summary>
/// Something to wait for before a container counts as ready, made by <see cref="Wait"/>. Immutable: the <c>With…</c> methods return copies.
/// </summary>
public abstract record WaitStrategy
{
    /// <summary>What <see cref="Timeout"/> is unless it is set.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>What <see cref="Interval"/> is unless it is set.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(100);

    private protected WaitStrategy()
    {
    }

    /// <summary>After how long the wait fails. Default 60 s; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>
    /// The time between two looks where the thing can only be looked at, as a port or a command can; the first ones come closer to each other. Default 100 ms.
    /// Lines of the log, the health and the end of the container are waited for without looking.
    /// </summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>False: the end of the container is no failure of this wait, or it sees it itself.</summary>
    internal virtual bool FailsWithContainer => true;

    /// <summary>After how long this very wait is cut off; infinite where its parts are.</summary>
    internal virtual TimeSpan Limit => Timeout;

    /// <summary>Sets after how long the wait fails.</summary>
    /// <param name="timeout">More than zero, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>.</param>
    public WaitStrategy WithTimeout(TimeSpan timeout)
        => timeout > TimeSpan.Zero || timeout == System.Threading.Timeout.InfiniteTimeSpan
            ? this with { Timeout = timeout }
            : throw new ArgumentOutOfRangeException(nameof(timeout), timeout, $"timeout '{timeout}' is not allowed: expected more than zero.");

    /// <summary>Sets the time between two looks.</summary>
    /// <param name="interval">1 ms to an hour.</param>
    public WaitStrategy WithInterval(TimeSpan interval)
        => interval >= TimeSpan.FromMilliseconds(1) && interval <= TimeSpan.FromHours(1)
            ? this with { Interval = interval }
            : throw new ArgumentOutOfRangeException(nameof(interval), interval, $"interval '{interval}' is not allowed: expected 1 ms to an hour.");

    /// <summary>What is waited for, in words.</summary>
    public sealed override string ToString() => Describe();

    /// <summary>What is waited for, in words that follow "waited for".</summary>
    internal abstract string Describe();

    /// <summary>Waits, without an end of its own.</summary>
    internal abstract Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken);
}
