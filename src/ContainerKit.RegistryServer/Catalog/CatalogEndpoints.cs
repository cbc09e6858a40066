using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Tags;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Catalog;

/// <summary><c>GET /v2/_catalog</c>: those repositories that the client may pull from.</summary>
internal sealed class CatalogEndpoints(RepositoryList repositories)
{
    internal Task ListAsync(RegistryRequest request)
    {
        Page page = Page.Read(request.Query, isBounded: true);
        (List<string> found, bool isLast) = page.Take(repositories.Read().Where(name => request.Access.Allows(name, OciRegistryActions.Pull)), Comparer<string>.Create(string.CompareOrdinal));
        page.WriteLink(request.Response, request.PathBase + "/v2/_catalog", found, isLast);
        return request.WriteJsonAsync(StatusCodes.Status200OK, new CatalogDocument(found), RegistryDocuments.Default.CatalogDocument);
    }
}
