using System.Globalization;

namespace ContainerKit.Cli.Output;

/// <summary>Sizes and times as docker's tables have them.</summary>
internal static class HumanText
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Four digits at most, by powers of 1000: <c>1.98MB</c>.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:G4}{Units[unit]}");
    }

    /// <summary><c>About a minute</c>, <c>3 hours</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "Less than a second",
        { TotalSeconds: < 2 } => "1 second",
        { TotalMinutes: < 1 } => $"{(int)time.TotalSeconds} seconds",
        { TotalMinutes: < 2 } => "About a minute",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes} minutes",
        { TotalHours: < 2 } => "About an hour",
        { TotalDays: < 2 } => $"{(int)time.TotalHours} hours",
        { TotalDays: < 14 } => $"{(int)time.TotalDays} days",
        { TotalDays: < 60 } => $"{(int)(time.TotalDays / 7)} weeks",
        { TotalDays: < 730 } => $"{(int)(time.TotalDays / 30)} months",
        _ => $"{(int)(time.TotalDays / 365)} years",
    };

    public static string Ago(DateTimeOffset? time) => time is null ? "N/A" : $"{Duration(TimeProvider.System.GetUtcNow() - time.Value)} ago";

    /// <summary>What the table of containers says of one.</summary>
    public static string Status(ContainerInfo container)
    {
        string since = container.StartedAt is { } started ? Duration(TimeProvider.System.GetUtcNow() - started) : "";
        return container.Status switch
        {
            ContainerStatus.Created => "Created",
            ContainerStatus.Running => $"Up {since}{Health(container)}",
            ContainerStatus.Paused => $"Up {since} (Paused)",
            ContainerStatus.Restarting => $"Restarting ({container.ExitStatus?.ExitCode ?? 0}) {Ago(container.FinishedAt)}",
            ContainerStatus.Exited => $"Exited ({container.ExitStatus?.ExitCode ?? 0}) {Ago(container.FinishedAt)}",
            _ => "Removal In Progress",
        };
    }

    public static string Ports(ContainerInfo container) => string.Join(", ", container.Ports
        .Select(port => $"{port.HostAddress}:{port.HostPort}->{port.ContainerPort}/{port.Protocol.ToString().ToLowerInvariant()}"));

    private static string Health(ContainerInfo container) => container.Health?.Status switch
    {
        HealthStatus.Starting => " (health: starting)",
        HealthStatus.Healthy => " (healthy)",
        HealthStatus.Unhealthy => " (unhealthy)",
        _ => "",
    };
}
