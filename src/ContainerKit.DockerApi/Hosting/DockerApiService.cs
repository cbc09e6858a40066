using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.SystemInfo;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit.DockerApi.Hosting;

/// <summary>What all endpoints of one server share. Each feature adds its routes in <see cref="CreateDispatcher"/>.</summary>
internal sealed class DockerApiService : IAsyncDisposable
{
    internal DockerApiService(ContainerEngine engine, ILoggerFactory? loggerFactory, TimeProvider? timeProvider)
    {
        Engine = engine;
        Logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("ContainerKit.DockerApi");
        Time = timeProvider ?? TimeProvider.System;
        StartedAt = Time.GetUtcNow();
    }

    internal ContainerEngine Engine { get; }

    internal ILogger Logger { get; }

    internal TimeProvider Time { get; }

    internal DateTimeOffset StartedAt { get; }

    internal ApiDispatcher CreateDispatcher()
    {
        var routes = new RouteTable();
        new SystemEndpoints(this).Map(routes);
        new AbsentEndpoints().Map(routes);
        return new ApiDispatcher(routes, Logger);
    }

    public ValueTask DisposeAsync() => default;
}
