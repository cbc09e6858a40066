using ContainerKit.DockerApi.Routing;
using ContainerKit.Oci;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.SystemInfo;

/// <summary>Trying the credentials of a registry. Nothing is kept: the client sends them with every request that needs them.</summary>
internal static class AuthEndpoints
{
    internal static void Map(RouteTable routes) => routes.Post("/auth", AuthenticateAsync);

    private static async Task AuthenticateAsync(ApiRequest request)
    {
        request.Query.Complete();
        AuthRequest body = await request.RequireJsonAsync(SystemJson.Default.AuthRequest).ConfigureAwait(false);
        string registry = RegistryOf(body.ServerAddress);
        RegistryCredential credential = body switch
        {
            { IdentityToken: { Length: > 0 } token } => RegistryCredential.FromIdentityToken(token),
            { RegistryToken: { Length: > 0 } token } => RegistryCredential.FromAccessToken(token),
            { Username: { Length: > 0 } name } => RegistryCredential.FromPassword(name, body.Password ?? ""),
            _ => throw ApiException.BadRequest("a user name and a password, or a token, are needed"),
        };
        using var client = new RegistryClient(new RegistryClientOptions { Credentials = CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { [registry] = credential }) });
        try
        {
            await client.PingAsync(registry, request.Aborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ApiException(
                e is RegistryException { StatusCode: null } ? StatusCodes.Status500InternalServerError : StatusCodes.Status401Unauthorized,
                $"login attempt to {registry} failed: {e.Message}", e);
        }

        await request.WriteJsonAsync(new AuthResponse("Login Succeeded", ""), SystemJson.Default.AuthResponse).ConfigureAwait(false);
    }

    /// <summary><c>https://index.docker.io/v1/</c> and nothing are Docker Hub.</summary>
    private static string RegistryOf(string? address)
    {
        if (string.IsNullOrEmpty(address))
            return ImageReference.DefaultRegistry;
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string host = (scheme < 0 ? address : address[(scheme + 3)..]).Split('/')[0];
        return host is "index.docker.io" or "registry-1.docker.io" or "docker.io" ? ImageReference.DefaultRegistry : host;
    }
}
