using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ContainerKit.RegistryServer;

/// <summary>A container registry as routes of an application.</summary>
public static class OciRegistryRouteBuilderExtensions
{
    /// <summary>
    /// Serves the registry below the builder's root, for paths that nothing else of the application matches. Docker's clients look for <c>/v2/</c> at the root
    /// of a host: map it into a group only for clients that can be told otherwise. Who may do what is the registry's own business (
    /// <see cref="OciRegistryOptions"/>); the application's authorization comes before it.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="registry">The registry; the caller keeps it, and disposes it after the application.</param>
    /// <returns>The route, for authorization and the like.</returns>
    public static IEndpointConventionBuilder MapOciRegistry(this IEndpointRouteBuilder endpoints, OciRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(registry);
        return endpoints.Map("/{**path}", http =>
        {
            // In a group, the prefix is the application's, and comes back in addresses.
            string path = http.Request.Path.Value ?? "/", own = "/" + http.GetRouteValue("path");
            if (path.Length > own.Length && path.EndsWith(own, StringComparison.Ordinal))
            {
                http.Request.PathBase = http.Request.PathBase.Add(path[..^own.Length]);
                http.Request.Path = own;
            }

            return registry.Dispatcher.HandleAsync(http);
        });
    }
}
