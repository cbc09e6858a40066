using System.Globalization;

namespace ContainerKit.DockerApi.Containers;

/// <summary>The words of <c>docker ps</c> about a container's state.</summary>
internal static class StatusText
{
    internal static string State(ContainerStatus status) => status.ToString().ToLowerInvariant();

    internal static string Describe(ContainerInfo info, DateTimeOffset now)
    {
        int code = info.ExitStatus?.ExitCode ?? 0;
        return info.Status switch
        {
            ContainerStatus.Created => "Created",
            ContainerStatus.Removing => "Removal In Progress",
            ContainerStatus.Restarting => string.Create(CultureInfo.InvariantCulture, $"Restarting ({code}) {Ago(info.FinishedAt, now)} ago"),
            ContainerStatus.Exited => string.Create(CultureInfo.InvariantCulture, $"Exited ({code}) {Ago(info.FinishedAt, now)} ago"),
            ContainerStatus.Paused => $"Up {Ago(info.StartedAt, now)} (Paused)",
            _ => $"Up {Ago(info.StartedAt, now)}{Health(info.Health)}",
        };
    }

    /// <summary>About how long, in the steps of Docker's client.</summary>
    internal static string Duration(TimeSpan duration)
    {
        long seconds = (long)Math.Max(0, duration.TotalSeconds);
        long minutes = seconds / 60;
        long hours = (long)Math.Round(duration.TotalHours, MidpointRounding.AwayFromZero);
        return (seconds, minutes, hours) switch
        {
            ( < 1, _, _) => "Less than a second",
            (1, _, _) => "1 second",
            ( < 60, _, _) => Count(seconds, "seconds"),
            (_, 1, _) => "About a minute",
            (_, < 60, _) => Count(minutes, "minutes"),
            (_, _, <= 1) => "About an hour",
            (_, _, < 48) => Count(hours, "hours"),
            (_, _, < 24 * 7 * 2) => Count(hours / 24, "days"),
            (_, _, < 24 * 30 * 2) => Count(hours / 24 / 7, "weeks"),
            (_, _, < 24 * 365 * 2) => Count(hours / 24 / 30, "months"),
            _ => Count((long)(duration.TotalHours / 24 / 365), "years"),
        };
    }

    private static string Ago(DateTimeOffset? then, DateTimeOffset now) => Duration(then is null ? TimeSpan.Zero : now - then.Value);

    private static string Count(long number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number} {unit}");

    private static string Health(HealthInfo? health) => health?.Status switch
    {
        HealthStatus.Starting => " (health: starting)",
        HealthStatus.Healthy => " (healthy)",
        HealthStatus.Unhealthy => " (unhealthy)",
        _ => "",
    };
}
