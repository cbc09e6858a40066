using System.Collections.Immutable;

namespace ContainerKit;

/// <summary>
/// How to find out whether the program in a container works: a command that is run in it again and again; exit code 0 is healthy. What is null
/// comes from the image's HEALTHCHECK, or has the default.
/// </summary>
public sealed record HealthProbe
{
    /// <summary>Default for <see cref="Interval"/> and <see cref="Timeout"/>.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30);

    /// <summary>Default for <see cref="StartInterval"/>.</summary>
    public static readonly TimeSpan DefaultStartInterval = TimeSpan.FromSeconds(5);

    /// <summary>Default for <see cref="Retries"/>.</summary>
    public const int DefaultRetries = 3;

    /// <summary>
    /// The check in Docker's form: <c>["CMD", program, argument…]</c>, <c>["CMD-SHELL", script]</c> for the image's shell or /bin/sh, <c>["NONE"]</c>
    /// for no check; empty: the image's.
    /// </summary>
    public ImmutableArray<string> Test { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Time between the end of a check and the next one, at least 1 ms. Default 30 s.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>A check that takes longer is killed and has failed; at least 1 ms. Default 30 s.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>For so long after the start failures do not count, unless a check has succeeded already; at least 1 ms. Default none.</summary>
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>Time between checks during <see cref="StartPeriod"/>, as long as none succeeded; at least 1 ms. Default 5 s.</summary>
    public TimeSpan? StartInterval { get; init; }

    /// <summary>So many failures in a row make the container unhealthy; at least 1. Default 3.</summary>
    public int? Retries { get; init; }

    /// <summary>No check, whatever the image says.</summary>
    public static HealthProbe None { get; } = new() { Test = ["NONE"] };

    /// <summary>A check by a program and its arguments.</summary>
    public static HealthProbe ForCommand(params IEnumerable<string> command) => new() { Test = ["CMD", .. command] };

    /// <summary>A check by a script for the image's shell.</summary>
    public static HealthProbe ForScript(string script) => new() { Test = ["CMD-SHELL", script] };

    /// <inheritdoc/>
    public bool Equals(HealthProbe? other)
        => other is not null && Test.AsSpan().SequenceEqual(other.Test.AsSpan()) && Interval == other.Interval && Timeout == other.Timeout
            && StartPeriod == other.StartPeriod && StartInterval == other.StartInterval && Retries == other.Retries;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Test.Length, Interval, Timeout, StartPeriod, StartInterval, Retries);
}
