using System.Net;
using ContainerKit.Oci.Registry.Transfer;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci;

/// <summary>The blobs of registries: layers, configurations and whatever artifacts consist of. Reading asks the registry's mirrors first. Safe for concurrent use.</summary>
public sealed class RegistryBlobs
{
    private readonly RegistryPool _pool;

    internal RegistryBlobs(RegistryPool pool) => _pool = pool;

    /// <summary>
    /// Opens a blob for reading. Broken connections are gone on with by further ones, and digest and size are verified as it is read: the
    /// content is trustworthy only once a read has returned 0.
    /// </summary>
    /// <param name="repository">Registry and repository; tag and digest don't matter.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="head">
    /// The beginning of the blob, where an earlier attempt got so far; seekable, at its beginning. It is read first, so that everything is
    /// verified, and only the rest is fetched. Stays owned by the caller. Null: everything is fetched.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>A stream to be read asynchronously, owned by the caller. Reading throws <see cref="DigestMismatchException"/> and <see cref="RegistryException"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="head"/> is longer than the blob.</exception>
    /// <exception cref="RegistryException">The registry refuses, does not have it, or can't be reached.</exception>
    /// <exception cref="DigestMismatchException">What the registry has is of another size.</exception>
    public async Task<Stream> OpenReadAsync(ImageReference repository, Descriptor blob, Stream? head = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        long offset = head is null ? 0 : head.Length - head.Position;
        if (offset > blob.Size)
        {
            throw new ArgumentException("The beginning is longer than the blob.", nameof(head));
        }

        if (blob.Data is { } data)
        {
            return DigestStream.ForDescriptor(new MemoryStream(data, writable: false), blob);
        }

        Stream rest = offset == blob.Size && blob.Size > 0
            ? Stream.Null
            : await _pool.ReadAsync(repository, route => OpenRestAsync(route, blob, offset, cancellationToken), cancellationToken).ConfigureAwait(false);
        return DigestStream.ForDescriptor(head is null ? rest : new JoinedStream(head, rest), blob);
    }

    /// <summary>Fetches a small blob as a whole, such as a configuration.</summary>
    /// <param name="repository">Registry and repository.</param>
    /// <param name="blob">The blob, of at most <see cref="OciLimits.MaxDocumentSize"/> bytes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="OciFormatException">It is larger; nothing was fetched.</exception>
    /// <exception cref="RegistryException">The registry refuses, does not have it, or can't be reached.</exception>
    /// <exception cref="DigestMismatchException">It is not what it should be.</exception>
    public async Task<byte[]> GetAsync(ImageReference repository, Descriptor blob, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (blob.Size > OciLimits.MaxDocumentSize)
        {
            throw new OciFormatException(blob.MediaType, blob.Digest.ToString(), $"has {blob.Size} bytes; at most {OciLimits.MaxDocumentSize} are allowed for a document");
        }

        using Stream stream = await OpenReadAsync(repository, blob, cancellationToken: cancellationToken).ConfigureAwait(false);
        using var content = new MemoryStream((int)blob.Size);
        await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    /// <summary>Asks for the size of a blob.</summary>
    /// <param name="repository">Registry and repository.</param>
    /// <param name="digest">The blob's digest.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Bytes, or null where there is no such blob.</returns>
    /// <exception cref="RegistryException">The registry refuses, does not say the size, or can't be reached.</exception>
    public Task<long?> HeadAsync(ImageReference repository, Digest digest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return _pool.ReadAsync(repository, route => HeadAsync(route, digest, cancellationToken), cancellationToken);
    }

    /// <summary>Uploads a blob, unless the registry has it or can take it from another repository.</summary>
    /// <param name="repository">Registry and repository.</param>
    /// <param name="blob">Digest and size of the content.</param>
    /// <param name="openRead">Opens the content at its beginning; called again for each attempt. The streams are disposed.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops; the registry forgets the unfinished upload by itself.</param>
    /// <exception cref="RegistryException">The registry refuses, also content of another digest, or can't be reached.</exception>
    public async Task<BlobUploadOutcome> UploadAsync(
        ImageReference repository,
        Descriptor blob,
        Func<CancellationToken, ValueTask<Stream>> openRead,
        BlobUploadOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(openRead);
        options ??= new BlobUploadOptions();
        RegistryRoute route = await _pool.GetOriginAsync(repository, cancellationToken).ConfigureAwait(false);
        if (options.SkipExisting && await HeadAsync(route, blob.Digest, cancellationToken).ConfigureAwait(false) is not null)
        {
            return BlobUploadOutcome.Existing;
        }

        string? mountFrom = options.MountFrom is { } from && from.Registry == repository.Registry && from.Repository != repository.Repository ? from.Repository : null;
        return await new BlobUpload(route, blob, openRead, options).RunAsync(mountFrom, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Uploads a blob that is held in memory.</summary>
    /// <param name="repository">Registry and repository.</param>
    /// <param name="mediaType">What it is, for the descriptor.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The blob's descriptor.</returns>
    /// <exception cref="RegistryException">The registry refuses or can't be reached.</exception>
    public async Task<Descriptor> UploadAsync(ImageReference repository, string mediaType, byte[] content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        Descriptor blob = Descriptor.ForContent(mediaType, content);
        await UploadAsync(repository, blob, _ => new(new MemoryStream(content, writable: false)), null, cancellationToken).ConfigureAwait(false);
        return blob;
    }

    /// <summary>Deletes a blob. Many registries don't allow it.</summary>
    /// <param name="repository">Registry and repository.</param>
    /// <param name="digest">The blob's digest.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RegistryException">The registry refuses, does not have it, or can't be reached.</exception>
    public async Task DeleteAsync(ImageReference repository, Digest digest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        RegistryRoute route = await _pool.GetOriginAsync(repository, cancellationToken).ConfigureAwait(false);
        using HttpRequestMessage request = route.CreateRequest(HttpMethod.Delete, $"blobs/{digest}");
        using HttpResponseMessage response = await route.Host.SendAsync(request, route.DeleteScopes, cancellationToken).ConfigureAwait(false);
        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Stream> OpenRestAsync(RegistryRoute route, Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        var stream = new ResumingStream((position, token) => BlobReader.OpenAsync(route, blob, position, token), offset, blob.Size, route.Host.Delays);
        stream.Begin(await BlobReader.OpenAsync(route, blob, offset, cancellationToken).ConfigureAwait(false));
        return stream;
    }

    private static async Task<long?> HeadAsync(RegistryRoute route, Digest digest, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = route.CreateRequest(HttpMethod.Head, $"blobs/{digest}");
        using HttpResponseMessage response = await route.Host.SendAsync(request, route.PullScopes, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return response.Content.Headers.ContentLength
            ?? throw new RegistryException($"{RegistryAnswer.Describe(request)}: the registry does not say the size.", response.StatusCode, url: RegistryAnswer.Redact(request.RequestUri));
    }
}
