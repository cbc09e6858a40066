using ContainerKit.DockerApi.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>What an engine without a cluster and without plugins answers.</summary>
internal static class AbsentEndpoints
{
    private static readonly string[] ClusterPaths = ["swarm", "nodes", "services", "tasks", "secrets", "configs"];

    internal static void Map(RouteTable routes)
    {
        foreach (string path in ClusterPaths)
        {
            foreach (string template in (string[])[$"/{path}", $"/{path}/{{rest+}}"])
            {
                routes.Get(template, RefuseCluster);
                routes.Post(template, RefuseCluster);
                routes.Delete(template, RefuseCluster);
                routes.Put(template, RefuseCluster);
            }
        }

        routes.Get("/plugins", static request => request.WriteJsonAsync([], SystemJson.Default.StringArray));
        routes.Get("/plugins/privileges", RefusePlugins);
        routes.Post("/plugins/pull", RefusePlugins);
        routes.Post("/plugins/create", RefusePlugins);
        routes.Get("/plugins/{name+}/json", MissingPlugin);
        routes.Delete("/plugins/{name+}", MissingPlugin);
        foreach (string action in (string[])["enable", "disable", "upgrade", "push", "set"])
            routes.Post($"/plugins/{{name+}}/{action}", MissingPlugin);
    }

    /// <summary>503, and the word swarm: the client looks for both.</summary>
    private static Task RefuseCluster(ApiRequest request)
        => throw new ApiException(StatusCodes.Status503ServiceUnavailable, "This node is not a swarm manager. This engine serves one machine and has no swarm mode.");

    private static Task RefusePlugins(ApiRequest request) => throw ApiException.Unsupported("This engine has no plugins.");

    private static Task MissingPlugin(ApiRequest request) => throw ApiException.NotFound($"plugin \"{request.Route("name")}\" not found");
}
