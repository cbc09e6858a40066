using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ContainerKit.Hosting.Health;

/// <summary>Healthy when a container runs and its own check, if it has one, says so; degraded while that has not decided yet.</summary>
internal sealed class ContainerHealthCheck(IContainerEngineProvider provider, string container) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            ContainerEngine engine = await provider.GetAsync(cancellationToken).ConfigureAwait(false);
            Container found = await engine.Containers.GetAsync(container, cancellationToken).ConfigureAwait(false);
            ContainerInfo info = await found.InspectAsync(cancellationToken).ConfigureAwait(false);
            return info switch
            {
                { Status: ContainerStatus.Running, Health: null or { Status: ContainerKit.HealthStatus.Healthy } } => HealthCheckResult.Healthy($"{container} runs"),
                { Status: ContainerStatus.Running, Health.Status: ContainerKit.HealthStatus.Starting } => HealthCheckResult.Degraded($"{container} is starting"),
                { Status: ContainerStatus.Running, Health: { } health } => Fail(context, $"{container} is unhealthy: {health.Log.LastOrDefault()?.Output.Trim()}"),
                { ExitStatus: { } exit } => Fail(context, $"{container} is {Name(info)}, with exit code {exit.ExitCode}"),
                _ => Fail(context, $"{container} is {Name(info)}"),
            };
        }
        catch (Exception e) when (e is ContainerKitException or IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Message, e);
        }
    }

    private static string Name(ContainerInfo info) => info.Status.ToString().ToLowerInvariant();

    private static HealthCheckResult Fail(HealthCheckContext context, string description) => new(context.Registration.FailureStatus, description);
}
