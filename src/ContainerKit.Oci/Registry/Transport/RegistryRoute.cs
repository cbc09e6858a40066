using ContainerKit.Oci.Registry.Authentication;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>A repository on a registry or on a mirror of it.</summary>
/// <param name="Host">Where.</param>
/// <param name="Repository">What it is called there.</param>
internal sealed record RegistryRoute(RegistryHost Host, string Repository)
{
    public AccessScopes PullScopes => AccessScopes.Pull(Repository);

    public AccessScopes PushScopes => AccessScopes.Push(Repository);

    public AccessScopes DeleteScopes => AccessScopes.Delete(Repository);

    /// <summary>A request for something of the repository. Names and digests have passed their grammars and need no escaping.</summary>
    public HttpRequestMessage CreateRequest(HttpMethod method, string path) => new(method, new Uri($"/v2/{Repository}/{path}", UriKind.Relative));
}
