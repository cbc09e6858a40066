using System.Net;
using System.Runtime.CompilerServices;
using ContainerKit.Oci.Registry;
using ContainerKit.Oci.Registry.Authentication;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci;

/// <summary>
/// A client of container registries (OCI distribution specification 1.1, and Docker's before it). Runs on every platform and knows nothing
/// of containers. One client talks to any number of registries; keep it, since it keeps connections and tokens. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Credentials are sent to the registry that they are for and to its token server, by TLS unless the registry itself has none, and never to a
/// host that a registry redirects to.
/// </remarks>
public sealed class RegistryClient : IDisposable
{
    private const int PageSize = 1000;

    private readonly RegistryPool _pool;

    /// <summary>Creates a client; nothing is sent yet.</summary>
    /// <param name="options">How registries are reached; null for the defaults.</param>
    public RegistryClient(RegistryClientOptions? options = null)
    {
        _pool = new RegistryPool(options ?? new RegistryClientOptions());
        Manifests = new RegistryManifests(_pool);
        Blobs = new RegistryBlobs(_pool);
    }

    /// <summary>Manifests, indexes and referrers.</summary>
    public RegistryManifests Manifests { get; }

    /// <summary>Blobs.</summary>
    public RegistryBlobs Blobs { get; }

    /// <summary>Asks whether the registry is one, and whether it takes the credentials, as a login does.</summary>
    /// <param name="registry">The registry as in references: <c>docker.io</c>, <c>localhost:5000</c>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RegistryException">It refuses, can't be reached, or is none.</exception>
    public async Task PingAsync(string registry, CancellationToken cancellationToken = default)
    {
        RegistryHost host = await _pool.GetAsync(CheckRegistry(registry), cancellationToken).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v2/", UriKind.Relative));
        using HttpResponseMessage response = await host.SendAsync(request, AccessScopes.None, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await RegistryAnswer.ToExceptionAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lists the tags of a repository, page by page as they are asked for, in the registry's order.</summary>
    /// <param name="repository">Registry and repository.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RegistryException">The registry refuses, does not have the repository, or can't be reached.</exception>
    public async IAsyncEnumerable<string> ListTagsAsync(ImageReference repository, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        RegistryRoute route = await _pool.GetOriginAsync(repository, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<string> tags = PagedList.ReadAsync(
            route.Host, $"/v2/{route.Repository}/tags/list?n={PageSize}", route.PullScopes,
            RegistryJsonContext.Default.TagListDocument, document => (document?.Tags ?? []).OfType<string>(), cancellationToken);
        await foreach (string tag in tags.ConfigureAwait(false))
        {
            // A tag that breaks the grammar can't be asked for, and might be meant for something else than a name.
            if (ReferenceGrammar.CheckTag(tag) is null)
            {
                yield return tag;
            }
        }
    }

    /// <summary>Lists the repositories of a registry, page by page as they are asked for. Public registries don't allow it.</summary>
    /// <param name="registry">The registry as in references.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Names of repositories without the registry: <c>library/alpine</c>.</returns>
    /// <exception cref="RegistryException">The registry refuses or can't be reached.</exception>
    public async IAsyncEnumerable<string> ListRepositoriesAsync(string registry, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RegistryHost host = await _pool.GetAsync(CheckRegistry(registry), cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<string> repositories = PagedList.ReadAsync(
            host, $"/v2/_catalog?n={PageSize}", AccessScopes.Catalog,
            RegistryJsonContext.Default.CatalogDocument, document => (document?.Repositories ?? []).OfType<string>(), cancellationToken);
        await foreach (string repository in repositories.ConfigureAwait(false))
        {
            if (ReferenceGrammar.CheckRepository(repository) is null)
            {
                yield return repository;
            }
        }
    }

    /// <summary>How many pulls the registry still grants, as its last answer to this client said; null where it did not say.</summary>
    /// <param name="registry">The registry as in references.</param>
    public RegistryRateLimit? GetRateLimit(string registry) => _pool.Find(CheckRegistry(registry))?.RateLimit;

    /// <summary>Closes the connections. Streams that were opened break.</summary>
    public void Dispose() => _pool.Dispose();

    private static string CheckRegistry(string registry)
    {
        ArgumentException.ThrowIfNullOrEmpty(registry);
        return ReferenceGrammar.CheckRegistry(registry) is { } fault ? throw new OciFormatException("registry", $"\"{registry}\"", fault) : registry;
    }
}
