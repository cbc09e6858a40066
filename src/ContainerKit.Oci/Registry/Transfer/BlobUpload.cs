using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ContainerKit.Oci.Registry.Authentication;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>One upload: OCI distribution specification, "Pushing blobs" and "Mounting a blob from another repository".</summary>
internal sealed class BlobUpload(RegistryRoute route, Descriptor blob, Func<CancellationToken, ValueTask<Stream>> open, BlobUploadOptions options)
{
    private const long FallbackChunkSize = 16 * 1024 * 1024;

    private Uri? _location;
    private long _minChunkSize;

    /// <summary>Sends the blob, or finds that this isn't necessary.</summary>
    /// <param name="mountFrom">A repository of the same registry, or null.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<BlobUploadOutcome> RunAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        if (await StartAsync(mountFrom, cancellationToken).ConfigureAwait(false))
        {
            return BlobUploadOutcome.Mounted;
        }

        for (int failures = 0; ; failures++)
        {
            RegistryException failure;
            try
            {
                long? chunkSize = options.ChunkSize ?? (failures > 0 && blob.Size > FallbackChunkSize ? FallbackChunkSize : null);
                await (chunkSize is { } size ? SendChunksAsync(size, cancellationToken) : SendAtOnceAsync(cancellationToken)).ConfigureAwait(false);
                return BlobUploadOutcome.Uploaded;
            }
            catch (RegistryException e) when ((e.IsTransient || e.ErrorCode == RegistryErrorCodes.BlobUploadUnknown) && route.Host.Delays.Allows(failures, e.RetryAfter))
            {
                failure = e;
            }

            await route.Host.Delays.WaitAsync(failures, failure.RetryAfter, cancellationToken).ConfigureAwait(false);
            await StartAsync(null, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins an upload; true where the registry has taken the blob from the other repository instead.</summary>
    private async Task<bool> StartAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        string path = mountFrom is null ? "blobs/uploads/" : $"blobs/uploads/?mount={blob.Digest}&from={Uri.EscapeDataString(mountFrom)}";
        using HttpRequestMessage request = route.CreateRequest(HttpMethod.Post, path);
        AccessScopes scopes = mountFrom is null ? route.PushScopes : AccessScopes.Mount(route.Repository, mountFrom);
        using HttpResponseMessage response = await route.Host.SendAsync(request, scopes, cancellationToken).ConfigureAwait(false);
        if (mountFrom is not null && response.StatusCode == HttpStatusCode.Created)
        {
            return true;
        }

        if (mountFrom is not null && !response.IsSuccessStatusCode)
        {
            // Not allowed to read there, or not possible at all: the blob can still be sent.
            return await StartAsync(null, cancellationToken).ConfigureAwait(false);
        }

        await ExpectAsync(response, HttpStatusCode.Accepted, cancellationToken).ConfigureAwait(false);
        _minChunkSize = response.Headers.TryGetValues("OCI-Chunk-Min-Length", out IEnumerable<string>? values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long least) ? least : 0;
        Move(response);
        return false;
    }

    private async Task SendAtOnceAsync(CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = CreateFinish();
        request.Content = new BlobSliceContent(open, 0, blob.Size, options.Progress);
        await FinishAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendChunksAsync(long chunkSize, CancellationToken cancellationToken)
    {
        long size = Math.Max(chunkSize, _minChunkSize);
        int failures = 0;
        for (long offset = 0; offset < blob.Size;)
        {
            try
            {
                offset = await SendChunkAsync(offset, Math.Min(size, blob.Size - offset), cancellationToken).ConfigureAwait(false);
            }
            catch (RegistryException e) when (IsOutOfStep(e) && route.Host.Delays.Allows(failures, e.RetryAfter))
            {
                await route.Host.Delays.WaitAsync(failures, e.RetryAfter, cancellationToken).ConfigureAwait(false);
                long reached = await AskOffsetAsync(cancellationToken).ConfigureAwait(false);
                failures = reached > offset ? 0 : failures + 1;
                offset = reached;
            }
        }

        using HttpRequestMessage finish = CreateFinish();
        finish.Content = new ByteArrayContent([]);
        await FinishAsync(finish, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>True for a broken connection, and where the registry expects another part.</summary>
    private static bool IsOutOfStep(RegistryException e) => e.IsTransient || e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable;

    private async Task<long> SendChunkAsync(long offset, long length, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, _location);
        request.Options.Set(RetryHandler.SendOnce, true);
        request.Content = new BlobSliceContent(open, offset, length, options.Progress);
        request.Content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + length - 1}"));
        using HttpResponseMessage response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        await ExpectAsync(response, HttpStatusCode.Accepted, cancellationToken).ConfigureAwait(false);
        Move(response);
        return ReadOffset(response) ?? offset + length;
    }

    /// <summary>How much the registry has: "Pushing a blob in chunks", GET of the upload's address.</summary>
    private async Task<long> AskOffsetAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _location);
        using HttpResponseMessage response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        Move(response);
        return ReadOffset(response) ?? 0;
    }

    /// <summary>The byte after <c>Range: 0-&lt;last byte&gt;</c>; null where there is no such header.</summary>
    private long? ReadOffset(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Range", out HeaderStringValues values))
        {
            return null;
        }

        string range = values.First();
        ReadOnlySpan<char> last = range.AsSpan(range.IndexOf('-', StringComparison.Ordinal) + 1);
        if (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long end) || end >= blob.Size)
        {
            return null;
        }

        // distribution says 0-0 both for one byte and for none.
        return end == 0 ? 0 : end + 1;
    }

    private HttpRequestMessage CreateFinish()
    {
        // The address has a query of its own where the registry keeps the state of the upload in it.
        string query = _location!.Query.Length == 0 ? "?" : _location.Query + "&";
        var request = new HttpRequestMessage(HttpMethod.Put, new UriBuilder(_location) { Query = $"{query}digest={Uri.EscapeDataString(blob.Digest.ToString())}" }.Uri);
        request.Options.Set(RetryHandler.SendOnce, true);
        return request;
    }

    private async Task FinishAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        await ExpectAsync(response, HttpStatusCode.Created, cancellationToken).ConfigureAwait(false);
        if (response.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values)
            && Digest.TryParse(values.First(), out Digest stored) && stored.Algorithm == blob.Digest.Algorithm && stored != blob.Digest)
        {
            throw new DigestMismatchException(blob.Digest.ToString(), stored.ToString());
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => route.Host.SendAsync(request, route.PushScopes, cancellationToken);

    private void Move(HttpResponseMessage response)
        => _location = route.Host.Boundary.Follow(response.RequestMessage!.RequestUri!, response.Headers.Location ?? _location);

    private static async ValueTask ExpectAsync(HttpResponseMessage response, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        if (response.StatusCode != expected)
        {
            throw await RegistryAnswer.ToExceptionAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }
}
