using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Compose;

/// <summary>What tables say of a container.</summary>
internal static class ContainerText
{
    /// <summary>What the table of containers says of one.</summary>
    public static string Status(ContainerInfo container)
    {
        string since = container.StartedAt is { } started ? HumanText.Duration(TimeProvider.System.GetUtcNow() - started) : "";
        return container.Status switch
        {
            ContainerStatus.Created => "Created",
            ContainerStatus.Running => $"Up {since}{Health(container)}",
            ContainerStatus.Paused => $"Up {since} (Paused)",
            ContainerStatus.Restarting => $"Restarting ({container.ExitStatus?.ExitCode ?? 0}) {HumanText.Ago(container.FinishedAt)}",
            ContainerStatus.Exited => $"Exited ({container.ExitStatus?.ExitCode ?? 0}) {HumanText.Ago(container.FinishedAt)}",
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
