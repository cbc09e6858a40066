using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ContainerKit.Hosting.Health;

/// <summary>Healthy when the engine is open and can read its data root.</summary>
internal sealed class EngineHealthCheck(IContainerEngineProvider provider) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            ContainerEngine engine = await provider.GetAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ContainerInfo> containers = await engine.Containers.ListAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy(data: new Dictionary<string, object>
            {
                ["dataRoot"] = engine.DataRoot,
                ["isRootless"] = engine.IsRootless,
                ["containers"] = containers.Count,
                ["running"] = containers.Count(container => container.Status == ContainerStatus.Running),
            });
        }
        catch (Exception e) when (e is ContainerKitException or IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, e.Message, e);
        }
    }
}
