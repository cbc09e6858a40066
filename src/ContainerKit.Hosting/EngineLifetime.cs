using Microsoft.Extensions.Hosting;

namespace ContainerKit.Hosting;

/// <summary>Opens the engine before the services of the application start, and closes it when all of them have stopped.</summary>
internal sealed class EngineLifetime(ContainerEngineProvider provider, ContainerKitOptions options) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => options.OpenAtStart ? provider.GetAsync(cancellationToken) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => provider.DisposeAsync().AsTask();
}
