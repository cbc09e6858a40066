using ContainerKit.RegistryServer.Routing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ContainerKit.RegistryServer.Hosting;

/// <summary>The registry as what Kestrel serves, without a host, its services and its configuration around it.</summary>
internal sealed class RegistryApplication(RegistryDispatcher dispatcher) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) => dispatcher.HandleAsync(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
