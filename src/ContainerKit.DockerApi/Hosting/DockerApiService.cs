using ContainerKit.DockerApi.Builds;
using ContainerKit.DockerApi.Containers;
using ContainerKit.DockerApi.Distribution;
using ContainerKit.DockerApi.Events;
using ContainerKit.DockerApi.Exec;
using ContainerKit.DockerApi.Images;
using ContainerKit.DockerApi.Networks;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Streams;
using ContainerKit.DockerApi.SystemInfo;
using ContainerKit.DockerApi.Volumes;
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
        Execs = new ExecRegistry(Time);
        Attached = new AttachedClients(Time);
    }

    internal ContainerEngine Engine { get; }

    internal ILogger Logger { get; }

    internal TimeProvider Time { get; }

    internal ExecRegistry Execs { get; }

    internal AttachedClients Attached { get; }

    internal ApiDispatcher CreateDispatcher()
    {
        var routes = new RouteTable();
        new SystemEndpoints(this).Map(routes);
        new AuthEndpoints(this).Map(routes);
        new DiskUsageEndpoints(this).Map(routes);
        new EventEndpoints(this).Map(routes);
        AbsentEndpoints.Map(routes);
        new ContainerEndpoints(this).Map(routes);
        new LifecycleEndpoints(this).Map(routes);
        new ContainerDataEndpoints(this).Map(routes);
        new StatsEndpoints(this).Map(routes);
        new AttachEndpoints(this).Map(routes);
        new ExecEndpoints(this).Map(routes);
        var archives = new ImageArchiveEndpoints(this);
        archives.Map(routes);
        new ImageTransferEndpoints(this, archives).Map(routes);
        new ImageEndpoints(this).Map(routes);
        new CommitEndpoint(this).Map(routes);
        new BuildEndpoints(this).Map(routes);
        new NetworkEndpoints(this).Map(routes);
        new VolumeEndpoints(this).Map(routes);
        new DistributionEndpoints(this).Map(routes);
        return new ApiDispatcher(routes, Logger);
    }

    /// <summary>The container that the route names.</summary>
    /// <exception cref="ApiException">There is none, in the words that clients look for.</exception>
    internal async Task<Container> FindContainerAsync(ApiRequest request)
    {
        string name = request.Route("id");
        return await Engine.Containers.FindAsync(name, request.Aborted).ConfigureAwait(false) ?? throw ApiException.NotFound($"No such container: {name}");
    }

    public ValueTask DisposeAsync() => Execs.DisposeAsync();
}
