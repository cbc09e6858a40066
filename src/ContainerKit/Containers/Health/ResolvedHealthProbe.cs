using System.Collections.Immutable;
using ContainerKit.Containers.State;

namespace ContainerKit.Containers.Health;

/// <summary>A health check with nothing left open.</summary>
internal sealed record ResolvedHealthProbe
{
    private static readonly ImmutableArray<string> DefaultShell = ["/bin/sh", "-c"];

    public required ImmutableArray<string> Command { get; init; }

    public required TimeSpan Interval { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required TimeSpan StartPeriod { get; init; }

    public required TimeSpan StartInterval { get; init; }

    public required int Retries { get; init; }

    /// <summary>The check of a container; null when it has none.</summary>
    internal static ResolvedHealthProbe? Create(ContainerConfig config)
    {
        HealthProbe? probe = Merge(config);
        if (probe is null || probe.Test is ["NONE", ..])
            return null;
        ImmutableArray<string> shell = config.Image.Shell.IsEmpty ? DefaultShell : config.Image.Shell;
        return new ResolvedHealthProbe
        {
            Command = probe.Test[0] == "CMD-SHELL" ? [.. shell, .. probe.Test[1..]] : probe.Test[1..],
            Interval = probe.Interval ?? HealthProbe.DefaultInterval,
            Timeout = probe.Timeout ?? HealthProbe.DefaultInterval,
            StartPeriod = probe.StartPeriod ?? TimeSpan.Zero,
            StartInterval = probe.StartInterval ?? HealthProbe.DefaultStartInterval,
            Retries = probe.Retries ?? HealthProbe.DefaultRetries,
        };
    }

    /// <summary>The spec's check, with what it leaves open taken from the image; null where neither says what to run.</summary>
    internal static HealthProbe? Merge(ContainerConfig config)
    {
        HealthProbe? own = config.Spec.HealthProbe, image = config.Image.HealthProbe;
        HealthProbe? merged = own is null || image is null ? own ?? image : new HealthProbe
        {
            Test = own.Test.IsEmpty ? image.Test : own.Test,
            Interval = own.Interval ?? image.Interval,
            Timeout = own.Timeout ?? image.Timeout,
            StartPeriod = own.StartPeriod ?? image.StartPeriod,
            StartInterval = own.StartInterval ?? image.StartInterval,
            Retries = own.Retries ?? image.Retries,
        };
        return merged is null or { Test.IsEmpty: true } ? null : merged;
    }

    /// <summary>The time until the next check.</summary>
    internal TimeSpan NextInterval(HealthStatus status, TimeSpan sinceStart)
        => status == HealthStatus.Starting && sinceStart < StartPeriod ? StartInterval : Interval;

    /// <summary>What is known after one more check.</summary>
    internal HealthInfo Judge(HealthInfo before, HealthProbeResult result, TimeSpan sinceStart)
    {
        HealthInfo next = before with { Log = [.. before.Log.Skip(before.Log.Length - (HealthMonitor.LogLength - 1)), result] };
        if (result.ExitCode == 0)
            return next with { Status = HealthStatus.Healthy, FailingStreak = 0 };

        // Until it was up for the first time, or its start period is over, it may take its time.
        if (before.Status == HealthStatus.Starting && sinceStart < StartPeriod)
            return next;
        int streak = before.FailingStreak + 1;
        return next with { FailingStreak = streak, Status = streak >= Retries ? HealthStatus.Unhealthy : before.Status };
    }
}
