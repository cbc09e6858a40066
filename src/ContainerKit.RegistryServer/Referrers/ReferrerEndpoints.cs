using ContainerKit.Oci;
using ContainerKit.RegistryServer.Routing;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Referrers;

/// <summary><c>GET /v2/NAME/referrers/DIGEST</c> ("Listing Referrers").</summary>
internal sealed class ReferrerEndpoints(ReferrerStore referrers)
{
    /// <summary>Clients read documents of 4 MiB at most; more goes to the next page.</summary>
    private const int MaxPageSize = 3 << 20;

    /// <summary>Of a descriptor without its annotations, about.</summary>
    private const int EntrySize = 512;

    internal async Task ListAsync(RegistryRequest request)
    {
        if (!Digest.TryParse(request.Reference, out Digest subject))
            throw RegistryFault.DigestInvalid("the subject is no digest", request.Reference);
        Digest? after = Digest.TryParse(request.Query["last"].ToString(), out Digest last) ? last : null;
        string filter = request.Query["artifactType"].ToString();
        List<Descriptor> page = [];
        int size = 0;
        foreach (Descriptor descriptor in referrers.Read(request.Repository, subject, after))
        {
            if (filter.Length > 0 && descriptor.ArtifactType != filter)
                continue;
            size += EntrySize + descriptor.Annotations.Sum(annotation => 2 * (annotation.Key.Length + annotation.Value.Length));
            if (size > MaxPageSize && page.Count > 0)
            {
                string query = filter.Length > 0 ? $"&artifactType={Uri.EscapeDataString(filter)}" : "";
                request.Response.Headers.Link = $"<{request.PathBase}/v2/{request.Repository}/referrers/{subject}?last={page[^1].Digest}{query}>; rel=\"next\"";
                break;
            }

            page.Add(descriptor);
        }

        if (filter.Length > 0)
            request.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        byte[] content = new ImageIndex { Manifests = page }.ToUtf8Json();
        await request.WriteAsync(StatusCodes.Status200OK, MediaTypes.OciIndex, content).ConfigureAwait(false);
    }
}
