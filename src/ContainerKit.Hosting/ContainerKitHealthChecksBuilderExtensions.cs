using ContainerKit.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using CheckStatus = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace ContainerKit.Hosting;

/// <summary>Health checks of engines and containers, for <c>services.AddHealthChecks()</c>.</summary>
public static class ContainerKitHealthChecksBuilderExtensions
{
    /// <summary>Checks that the engine of <see cref="ContainerKitServiceCollectionExtensions"/> is usable: it is open, and reads its data root.</summary>
    /// <param name="builder">The application's checks.</param>
    /// <param name="name">The check's.</param>
    /// <param name="key">Which engine; null: the one without a key.</param>
    /// <param name="failureStatus">What it says when it is not; null: unhealthy.</param>
    /// <param name="tags">The check's; null for none.</param>
    /// <param name="timeout">How long it may take; null: without a limit.</param>
    public static IHealthChecksBuilder AddContainerKit(
        this IHealthChecksBuilder builder, string name = "containerkit", string? key = null, CheckStatus? failureStatus = null,
        IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, services => new EngineHealthCheck(Find(services, key)), failureStatus, tags, timeout));
    }

    /// <summary>
    /// Checks that a container runs, and is healthy if it has a health check. While that has not decided yet it is degraded; whatever else the container does,
    /// also when there is none, is a failure.
    /// </summary>
    /// <param name="builder">The application's checks.</param>
    /// <param name="container">Its name or id; it need not be there yet.</param>
    /// <param name="name">The check's; null: the container's name.</param>
    /// <param name="key">Which engine; null: the one without a key.</param>
    /// <param name="failureStatus">What a failure is; null: unhealthy.</param>
    /// <param name="tags">The check's; null for none.</param>
    /// <param name="timeout">How long it may take; null: without a limit.</param>
    public static IHealthChecksBuilder AddContainer(
        this IHealthChecksBuilder builder, string container, string? name = null, string? key = null, CheckStatus? failureStatus = null,
        IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(container);
        return builder.Add(new HealthCheckRegistration(name ?? container, services => new ContainerHealthCheck(Find(services, key), container), failureStatus, tags, timeout));
    }

    private static IContainerEngineProvider Find(IServiceProvider services, string? key)
        => key is null ? services.GetRequiredService<IContainerEngineProvider>() : services.GetRequiredKeyedService<IContainerEngineProvider>(key);
}
