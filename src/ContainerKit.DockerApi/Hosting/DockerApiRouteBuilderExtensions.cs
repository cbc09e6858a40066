using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ContainerKit.DockerApi;

/// <summary>The Docker Engine API as routes of an application.</summary>
public static class DockerApiRouteBuilderExtensions
{
    /// <summary>
    /// Serves the Docker Engine API below the builder's root, for paths that nothing else of the application matches: map it into a group for a prefix.
    /// The listeners need <see cref="DockerApiListenOptionsExtensions.UseDockerStreams"/>. Who may connect may do everything that the engine's user
    /// may: add authorization unless the listener itself protects it.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="engine">The engine; the caller keeps it, and disposes it after the application.</param>
    /// <returns>The route, for authorization and the like.</returns>
    public static IEndpointConventionBuilder MapDockerApi(this IEndpointRouteBuilder endpoints, ContainerEngine engine)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(engine);
        IServiceProvider services = endpoints.ServiceProvider;
        var service = new DockerApiService(engine, services.GetService<ILoggerFactory>(), services.GetService<TimeProvider>());
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(() => _ = service.DisposeAsync().AsTask());
        ApiDispatcher dispatcher = service.CreateDispatcher();
        return endpoints.Map("/{**path}", http =>
        {
            // In a group, the prefix is the application's.
            if (http.GetRouteValue("path") is string path)
                http.Request.Path = new PathString("/" + path);
            return dispatcher.HandleAsync(http);
        });
    }
}
