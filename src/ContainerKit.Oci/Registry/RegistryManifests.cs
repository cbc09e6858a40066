using System.Net;
using System.Net.Http.Headers;
using ContainerKit.Oci.Registry.Transfer;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci;

/// <summary>The manifests and indexes of registries. Reading asks the registry's mirrors first. Safe for concurrent use.</summary>
public sealed class RegistryManifests
{
    private const int MaxIndexDepth = 4;

    private readonly RegistryPool _pool;

    internal RegistryManifests(RegistryPool pool) => _pool = pool;

    /// <summary>Fetches a manifest or index, of which the digest is verified where the reference or the registry says it.</summary>
    /// <param name="reference">What to fetch: by digest, or else by tag.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RegistryException">The registry refuses, does not have it, or can't be reached.</exception>
    /// <exception cref="DigestMismatchException">It is not what it should be.</exception>
    /// <exception cref="OciFormatException">It is no document, or its content contradicts its media type.</exception>
    /// <exception cref="NotSupportedException">It is of another kind, for instance a Docker image of schema 1.</exception>
    public Task<RegistryManifest> GetAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _pool.ReadAsync(reference, route => GetAsync(route, reference, cancellationToken), cancellationToken);
    }

    /// <summary>Fetches the manifest of the image for a platform, also where the reference is an index of several.</summary>
    /// <param name="reference">What to fetch.</param>
    /// <param name="platform">
    /// What the image shall run on; the best one is chosen as <see cref="ImageIndex.Select"/> says. A manifest that is in no index is given
    /// as it is: its configuration says what it is for.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The manifest, and what the reference itself leads to: the same, or the index.</returns>
    /// <exception cref="RegistryException">The registry refuses, does not have it, or can't be reached.</exception>
    /// <exception cref="DigestMismatchException">It is not what it should be.</exception>
    /// <exception cref="OciFormatException">A document is malformed.</exception>
    /// <exception cref="NotSupportedException">It is of another kind, or has nothing for the platform; the message lists what it has.</exception>
    public async Task<(RegistryManifest Manifest, RegistryManifest Root)> GetForPlatformAsync(
        ImageReference reference, Platform platform, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(platform);
        RegistryManifest root = await GetAsync(reference, cancellationToken).ConfigureAwait(false);
        RegistryManifest current = root;
        for (int depth = 0; current.IsIndex; depth++)
        {
            ImageIndex index = current.ParseIndex();
            Descriptor chosen = index.Select(platform)
                ?? throw new NotSupportedException($"{reference.FamiliarString} has no image for {platform}, only for {ListPlatforms(index)}.");
            if (depth == MaxIndexDepth)
            {
                throw new OciFormatException("image index", reference.FamiliarString, $"has indexes in indexes, more than {MaxIndexDepth} deep");
            }

            current = await GetAsync(reference.WithDigest(chosen.Digest), cancellationToken).ConfigureAwait(false);
            if (current.Descriptor.Size != chosen.Size)
            {
                throw new DigestMismatchException($"{chosen.Size} bytes", $"{current.Descriptor.Size} bytes");
            }
        }

        return (current, root);
    }

    /// <summary>Asks for media type, digest and size of a manifest without fetching it; registries don't count this as a pull.</summary>
    /// <param name="reference">What to ask for: by digest, or else by tag.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The descriptor, or null where there is none.</returns>
    /// <exception cref="RegistryException">The registry refuses or can't be reached.</exception>
    public Task<Descriptor?> HeadAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _pool.ReadAsync(reference, route => HeadAsync(route, reference, cancellationToken), cancellationToken);
    }

    /// <summary>Stores a manifest or index. What it refers to has to be there already.</summary>
    /// <param name="reference">Where: under the tag, and where it has none by digest. A digest beside it must be that of the content.</param>
    /// <param name="mediaType">What it is.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The descriptor.</returns>
    /// <remarks>
    /// A manifest with a subject becomes one of the subject's referrers; where the registry does not keep track of these, the list under the
    /// subject's tag is brought up to date instead (OCI distribution specification, "Pushing manifests with subject").
    /// </remarks>
    /// <exception cref="RegistryException">The registry refuses or can't be reached.</exception>
    /// <exception cref="DigestMismatchException">The reference, or the registry's answer, has another digest.</exception>
    public async Task<Descriptor> PutAsync(
        ImageReference reference, string mediaType, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentException.ThrowIfNullOrEmpty(mediaType);
        Digest digest = Digest.Compute(content.Span, reference.Digest?.Algorithm ?? Digest.Sha256);
        Require(reference.Digest ?? digest, digest);
        RegistryRoute route = await _pool.GetOriginAsync(reference, cancellationToken).ConfigureAwait(false);
        using HttpRequestMessage request = route.CreateRequest(HttpMethod.Put, $"manifests/{reference.Tag ?? digest.ToString()}");
        request.Content = new ReadOnlyMemoryContent(content);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using HttpResponseMessage response = await route.Host.SendAsync(request, route.PushScopes, cancellationToken).ConfigureAwait(false);
        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        Require(digest, DigestOf(response, digest.Algorithm) ?? digest);
        var descriptor = new Descriptor { MediaType = mediaType, Digest = digest, Size = content.Length };
        if (!response.Headers.Contains("OCI-Subject"))
        {
            await new ReferrerTags(this).AddAsync(reference, descriptor, content, cancellationToken).ConfigureAwait(false);
        }

        return descriptor;
    }

    /// <summary>Deletes a manifest with all its tags, or where the reference has no digest just the tag. Many registries allow neither.</summary>
    /// <param name="reference">What to delete.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RegistryException">The registry refuses, does not have it, or can't be reached.</exception>
    public async Task DeleteAsync(ImageReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        RegistryRoute route = await _pool.GetOriginAsync(reference, cancellationToken).ConfigureAwait(false);
        using HttpRequestMessage request = route.CreateRequest(HttpMethod.Delete, PathOf(reference));
        using HttpResponseMessage response = await route.Host.SendAsync(request, route.DeleteScopes, cancellationToken).ConfigureAwait(false);
        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists the manifests that speak about one, such as signatures: by the referrers API, or else by the list under the subject's tag.</summary>
    /// <param name="subject">A reference with the digest of the manifest that they speak about. It need not be there.</param>
    /// <param name="artifactType">The kind of artifact; null for all.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ArgumentException">The reference has no digest.</exception>
    /// <exception cref="RegistryException">The registry refuses or can't be reached.</exception>
    /// <exception cref="OciFormatException">The list is malformed.</exception>
    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(
        ImageReference subject, string? artifactType = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        Digest digest = subject.Digest ?? throw new ArgumentException("referrers belong to a digest", nameof(subject));
        return _pool.ReadAsync(subject, route => new ReferrerTags(this).ListAsync(route, subject, digest, artifactType, cancellationToken), cancellationToken);
    }

    private static async Task<RegistryManifest> GetAsync(RegistryRoute route, ImageReference reference, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = CreateRead(route, HttpMethod.Get, reference);
        using HttpResponseMessage response = await route.Host.SendAsync(request, route.PullScopes, cancellationToken).ConfigureAwait(false);
        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        byte[] content = await RegistryAnswer.ReadAsync(response, OciLimits.MaxDocumentSize, "manifest", cancellationToken).ConfigureAwait(false);
        string algorithm = reference.Digest?.Algorithm ?? Digest.Sha256;
        Digest digest = Digest.Compute(content, algorithm);
        Require(reference.Digest ?? DigestOf(response, algorithm) ?? digest, digest);
        return new RegistryManifest(ManifestMediaType.Find(MediaTypeOf(response), content, reference.FamiliarString), content, digest);
    }

    private static async Task<Descriptor?> HeadAsync(RegistryRoute route, ImageReference reference, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = CreateRead(route, HttpMethod.Head, reference);
        using HttpResponseMessage response = await route.Host.SendAsync(request, route.PullScopes, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        if (DigestOf(response, reference.Digest?.Algorithm ?? Digest.Sha256) is { } digest
            && response.Content.Headers.ContentLength is { } size and >= 0 && MediaTypeOf(response) is { } mediaType)
        {
            Require(reference.Digest ?? digest, digest);
            return new Descriptor { MediaType = mediaType, Digest = digest, Size = size };
        }

        // The headers are a should.
        return (await GetAsync(route, reference, cancellationToken).ConfigureAwait(false)).Descriptor;
    }

    private static HttpRequestMessage CreateRead(RegistryRoute route, HttpMethod method, ImageReference reference)
    {
        HttpRequestMessage request = route.CreateRequest(method, PathOf(reference));
        foreach (string type in ManifestMediaType.Accepted)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        }

        return request;
    }

    private static string PathOf(ImageReference reference) => $"manifests/{reference.Digest?.ToString() ?? reference.Tag}";

    private static string? MediaTypeOf(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();

    private static Digest? DigestOf(HttpResponseMessage response, string algorithm)
        => response.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values)
            && Digest.TryParse(values.First(), out Digest digest) && digest.Algorithm == algorithm
            ? digest
            : null;

    private static void Require(Digest expected, Digest actual)
    {
        if (expected != actual)
        {
            throw new DigestMismatchException(expected.ToString(), actual.ToString());
        }
    }

    private static string ListPlatforms(ImageIndex index)
    {
        const int shown = 20;
        return string.Join(", ", index.Manifests.Select(entry => entry.Platform).OfType<Platform>().Where(platform => platform.Os != "unknown").Distinct().Take(shown));
    }
}
