using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Tags;

/// <summary><c>GET /v2/NAME/tags/list</c>.</summary>
internal sealed class TagEndpoints(RepositoryList repositories, TagStore tags)
{
    internal Task ListAsync(RegistryRequest request)
    {
        if (!repositories.Contains(request.Repository))
            throw RegistryFault.NameUnknown(request.Repository);
        Page page = Page.Read(request.Query, isBounded: false);
        (List<string> found, bool isLast) = page.Take(tags.Read(request.Repository), TagStore.Order);
        page.WriteLink(request.Response, request.PathBase + $"/v2/{request.Repository}/tags/list", found, isLast);
        return request.WriteJsonAsync(StatusCodes.Status200OK, new TagListDocument(request.Repository, found), RegistryDocuments.Default.TagListDocument);
    }
}
