using System.Net;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>Referrers of a manifest, with the tag that stands in where a registry lacks the API ("Referrers Tag Schema").</summary>
internal sealed class ReferrerTags(RegistryManifests manifests)
{
    private const int MaxPages = 1000;

    /// <summary>Lists the referrers of a subject.</summary>
    public async Task<IReadOnlyList<Descriptor>> ListAsync(
        RegistryRoute route, ImageReference subject, Digest digest, string? artifactType, CancellationToken cancellationToken)
    {
        List<Descriptor>? referrers = await ListByApiAsync(route, digest, artifactType, cancellationToken).ConfigureAwait(false);
        referrers ??= [.. await ListByTagAsync(subject, digest, cancellationToken).ConfigureAwait(false)];

        // A registry may leave the filter to the client.
        return [.. referrers.Where(entry => artifactType is null || entry.ArtifactType == artifactType)];
    }

    /// <summary>Adds a manifest to the list of its subject, where it has one.</summary>
    public async Task AddAsync(ImageReference reference, Descriptor descriptor, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!ReadSubject(descriptor, content, out Descriptor? subject, out string? artifactType, out IReadOnlyDictionary<string, string> annotations))
        {
            return;
        }

        IReadOnlyList<Descriptor> known = await ListByTagAsync(reference, subject!.Digest, cancellationToken).ConfigureAwait(false);
        if (known.Any(entry => entry.Digest == descriptor.Digest))
        {
            return;
        }

        Descriptor added = descriptor with { ArtifactType = artifactType, Annotations = annotations };
        byte[] index = new ImageIndex { Manifests = [.. known, added] }.ToUtf8Json();
        await manifests.PutAsync(reference.WithTag(TagOf(subject.Digest)), MediaTypes.OciIndex, index, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The specification cuts the hash to 64 digits, since tags have at most 128 characters.</summary>
    private static string TagOf(Digest digest) => $"{digest.Algorithm}-{digest.Hex[..64]}";

    private static bool ReadSubject(
        Descriptor descriptor, ReadOnlyMemory<byte> content, out Descriptor? subject, out string? artifactType, out IReadOnlyDictionary<string, string> annotations)
    {
        (subject, artifactType, annotations) = (null, null, new Dictionary<string, string>());
        if (MediaTypes.IsManifest(descriptor.MediaType))
        {
            ImageManifest manifest = ImageManifest.Parse(content.Span);
            (subject, artifactType, annotations) = (manifest.Subject, manifest.ArtifactType ?? manifest.Config.MediaType, manifest.Annotations);
        }
        else if (MediaTypes.IsIndex(descriptor.MediaType))
        {
            ImageIndex index = ImageIndex.Parse(content.Span);
            (subject, artifactType, annotations) = (index.Subject, index.ArtifactType, index.Annotations);
        }

        return subject is not null;
    }

    private static async Task<List<Descriptor>?> ListByApiAsync(RegistryRoute route, Digest digest, string? artifactType, CancellationToken cancellationToken)
    {
        var referrers = new List<Descriptor>();
        string query = artifactType is null ? "" : "?artifactType=" + Uri.EscapeDataString(artifactType);
        Uri? next = new Uri(route.Host.Boundary.Origin, $"/v2/{route.Repository}/referrers/{digest}{query}");
        for (int page = 0; next is not null && page < MaxPages; page++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, next);
            using HttpResponseMessage response = await route.Host.SendAsync(request, route.PullScopes, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest)
            {
                return null;
            }

            await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
            byte[] json = await RegistryAnswer.ReadAsync(response, OciLimits.MaxDocumentSize, "list of referrers", cancellationToken).ConfigureAwait(false);
            referrers.AddRange(ImageIndex.Parse(json).Manifests);
            next = PagedList.NextLink(response.Headers) is { } link ? route.Host.Boundary.FollowOwn(next, link) : null;
        }

        return referrers;
    }

    private async Task<IReadOnlyList<Descriptor>> ListByTagAsync(ImageReference repository, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            RegistryManifest index = await manifests.GetAsync(repository.WithTag(TagOf(digest)), cancellationToken).ConfigureAwait(false);
            return index.IsIndex ? index.ParseIndex().Manifests : [];
        }
        catch (RegistryException e) when (e.IsNotFound)
        {
            return [];
        }
    }
}
