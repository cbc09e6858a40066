using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Transfers;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>Trying the credentials of a registry. Nothing is kept: the client sends them with every request that needs them.</summary>
internal sealed class AuthEndpoints(DockerApiService service)
{
    internal void Map(RouteTable routes) => routes.Post("/auth", AuthenticateAsync);

    private async Task AuthenticateAsync(ApiRequest request)
    {
        request.Query.Complete();
        AuthRequest body = await request.RequireJsonAsync(SystemJson.Default.AuthRequest).ConfigureAwait(false);
        string registry = RegistryAuthentication.ToRegistry(body.ServerAddress ?? "");
        RegistryCredential credential = RegistryAuthentication.ToCredential(body) ?? throw ApiException.BadRequest("a user name and a password, or a token, are needed");
        try
        {
            await service.Engine.Images.CheckCredentialAsync(registry, credential, request.Aborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RegistryAccessException or ArgumentException or FormatException)
        {
            throw new ApiException(ErrorMapping.Describe(e).StatusCode, $"login attempt to {registry} failed: {e.Message}", e);
        }

        await request.WriteJsonAsync(new AuthResponse("Login Succeeded", ""), SystemJson.Default.AuthResponse).ConfigureAwait(false);
    }
}
