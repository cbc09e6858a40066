using ContainerKit.Oci;
using ContainerKit.RegistryServer.Mirroring;
using ContainerKit.RegistryServer.Notifications;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Tags;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ContainerKit.RegistryServer.Manifests;

/// <summary><c>/v2/NAME/manifests/REFERENCE</c>: "Pulling manifests", "Pushing Manifests", "Deleting tags", "Deleting Manifests".</summary>
internal sealed class ManifestEndpoints(ManifestStore manifests, TagStore tags, ManifestMirror? mirror, EventQueue events, OciRegistryLimits limits)
{
    /// <summary>GET and HEAD. The manifest comes as it was pushed, whatever is accepted: clients that can't use it say so best themselves.</summary>
    internal async Task GetAsync(RegistryRequest request)
    {
        StoredManifest manifest = await FindAsync(request).ConfigureAwait(false) ?? throw RegistryFault.ManifestUnknown(request.Reference);
        request.SetDigest(manifest.Digest);
        request.Response.Headers.ETag = $"\"{manifest.Digest}\"";
        if (request.HasEntity(manifest.Digest))
        {
            request.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await request.WriteAsync(StatusCodes.Status200OK, manifest.MediaType, manifest.Content).ConfigureAwait(false);
    }

    internal async Task PutAsync(RegistryRequest request)
    {
        bool hasDigest = Digest.TryParse(request.Reference, out Digest expected);
        if (!hasDigest && !RegistryGrammar.IsTag(request.Reference))
            throw request.Reference.Contains(':', StringComparison.Ordinal) ? RegistryFault.DigestInvalid("the reference is no digest that is supported", request.Reference) : RegistryFault.TagInvalid();
        string contentType = ContentType(request);
        byte[] content = await request.ReadBodyAsync(limits.MaxManifestSize, () => RegistryFault.ManifestInvalid(
            $"a manifest has at most {limits.MaxManifestSize} bytes", StatusCodes.Status413PayloadTooLarge)).ConfigureAwait(false);
        Digest digest = Digest.Compute(content, hasDigest ? expected.Algorithm : Digest.Sha256);
        if (hasDigest && digest != expected)
            throw RegistryFault.DigestInvalid("provided digest did not match uploaded content", expected.ToString());
        ManifestDocument document = ManifestDocument.Parse(content, contentType);
        string? tag = hasDigest ? null : request.Reference;
        if (tag is not null && limits.MaxTagsPerRepository is { } most && tags.Find(request.Repository, tag) is null && tags.Read(request.Repository).Count() >= most)
            throw RegistryFault.Denied($"the repository has {most} tags, which is the most that is allowed; delete some");
        await manifests.PutAsync(request.Repository, tag, digest, content, document, isComplete: true, request.Aborted).ConfigureAwait(false);
        if (document.Subject is { } subject)
            request.Response.Headers["OCI-Subject"] = subject.ToString();
        request.SetDigest(digest);
        events.Add(new RegistryEvent(RegistryEvent.Push, request.Repository, tag, digest.ToString(), request.Access.User, document.MediaType, content.Length));
        request.WriteCreated($"/v2/{request.Repository}/manifests/{digest}");
    }

    internal async Task DeleteAsync(RegistryRequest request)
    {
        bool isDeleted;
        if (Digest.TryParse(request.Reference, out Digest digest))
            isDeleted = await manifests.DeleteAsync(request.Repository, digest, request.Aborted).ConfigureAwait(false);
        else if (RegistryGrammar.IsTag(request.Reference))
            isDeleted = await manifests.DeleteTagAsync(request.Repository, request.Reference, request.Aborted).ConfigureAwait(false);
        else
            throw RegistryFault.TagInvalid();
        if (!isDeleted)
            throw RegistryFault.ManifestUnknown(request.Reference);
        events.Add(digest.IsEmpty
            ? new RegistryEvent(RegistryEvent.Delete, request.Repository, request.Reference, null, request.Access.User)
            : new RegistryEvent(RegistryEvent.Delete, request.Repository, null, digest.ToString(), request.Access.User));
        request.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task<StoredManifest?> FindAsync(RegistryRequest request)
    {
        if (Digest.TryParse(request.Reference, out Digest digest))
        {
            return await manifests.FindAsync(request.Repository, digest, request.Aborted).ConfigureAwait(false)
                ?? (mirror is null ? null : await mirror.FetchAsync(request.Repository, digest, request.Aborted).ConfigureAwait(false));
        }

        if (!RegistryGrammar.IsTag(request.Reference))
            throw request.Reference.Contains(':', StringComparison.Ordinal) ? RegistryFault.DigestInvalid("the reference is no digest that is supported", request.Reference) : RegistryFault.TagInvalid();
        return mirror is null
            ? await manifests.FindAsync(request.Repository, request.Reference, request.Aborted).ConfigureAwait(false)
            : await mirror.FetchAsync(request.Repository, request.Reference, request.Aborted).ConfigureAwait(false);
    }

    private static string ContentType(RegistryRequest request)
    {
        string type = MediaTypeHeaderValue.TryParse(request.Http.Request.ContentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.ToString().ToLowerInvariant() : "";
        return ManifestDocument.IsSupported(type) ? type : throw RegistryFault.ManifestInvalid(
            "the Content-Type is none of a manifest: image manifests and indexes of OCI and Docker's schema 2 are supported");
    }
}
