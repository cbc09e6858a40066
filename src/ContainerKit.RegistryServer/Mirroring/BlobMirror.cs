using ContainerKit.Oci;
using ContainerKit.RegistryServer.Blobs;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using Microsoft.Extensions.Logging;

namespace ContainerKit.RegistryServer.Mirroring;

/// <summary>
/// Blobs of the registry that this one is a cache of. A blob is fetched once however many ask for it, and handed on while it comes; it is kept when its digest
/// was found right, also when everybody who had asked has gone.
/// </summary>
internal sealed partial class BlobMirror(
    RegistryClient client, OciRegistryMirrorOptions options, RegistryPaths paths, BlobStore blobs, StoreLock storeLock, RegistryMetrics metrics, ILogger logger) : IAsyncDisposable
{
    private readonly Dictionary<(string Repository, Digest Digest), (MirrorDownload Download, Task Fetching)> _downloads = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Answers with a blob that is not here yet.</summary>
    /// <returns>False where the registry does not have it.</returns>
    internal async Task<bool> TryServeAsync(RegistryRequest request, Digest digest)
    {
        MirrorDownload? download = Join(request.Repository, digest);
        if (download is null)
        {
            if (await FindSizeAsync(request.Repository, digest, request.Aborted).ConfigureAwait(false) is not { } size)
                return false;
            if (request.IsHead)
            {
                BlobEndpoints.WriteHeaders(request, digest);
                request.Response.ContentLength = size;
                return true;
            }

            download = Start(request.Repository, digest, size);
        }

        using (download)
        {
            BlobEndpoints.WriteHeaders(request, digest);
            request.Response.ContentLength = download.Size;
            if (request.IsHead)
                return true;

            // From the beginning: parts are served of what is here.
            long sent = 0;
            while (sent < download.Size)
            {
                long there = await download.WaitAsync(sent, request.Aborted).ConfigureAwait(false);
                await BlobSender.SendAsync(download.Content, new ByteRange(sent, there - sent), request.Response.BodyWriter, metrics, request.Aborted).ConfigureAwait(false);
                sent = there;
            }
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_lock)
            running = [.. _downloads.Values.Select(each => each.Fetching)];
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private MirrorDownload? Join(string repository, Digest digest)
    {
        lock (_lock)
            return _downloads.TryGetValue((repository, digest), out (MirrorDownload Download, Task Fetching) running) && running.Download.TryJoin() ? running.Download : null;
    }

    private MirrorDownload Start(string repository, Digest digest, long size)
    {
        lock (_lock)
        {
            // Somebody else may have come first while the size was asked for.
            if (_downloads.TryGetValue((repository, digest), out (MirrorDownload Download, Task Fetching) running) && running.Download.TryJoin())
                return running.Download;
            var download = new MirrorDownload(Path.Combine(paths.Staging, Guid.NewGuid().ToString("N")), size);
            download.TryJoin();

            // Goes on when the client has gone: the next one has use of it.
            Task fetching = Task.Run(() => FetchAsync(repository, digest, download, _stop.Token), CancellationToken.None);
            _downloads[(repository, digest)] = (download, fetching);
            return download;
        }
    }

    private async Task FetchAsync(string repository, Digest digest, MirrorDownload download, CancellationToken cancellationToken)
    {
        try
        {
            var descriptor = new Descriptor { MediaType = "application/octet-stream", Digest = digest, Size = download.Size };
            Stream content = await client.Blobs.OpenReadAsync(MirrorName.ToReference(options.Registry, repository), descriptor, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
                await download.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            using (await storeLock.ShareAsync(cancellationToken).ConfigureAwait(false))
                blobs.Adopt(download.Path, repository, digest);
            metrics.MirroredBlobs.Add();
        }
        catch (Exception e)
        {
            // Whatever it is: those who read must not wait for more, and the answer that they get is cut off.
            Failed(logger, repository, digest, e.Message);
            download.Fail(e);
            File.Delete(download.Path);
        }
        finally
        {
            lock (_lock)
                _downloads.Remove((repository, digest));
            download.Dispose();
        }
    }

    private async Task<long?> FindSizeAsync(string repository, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await client.Blobs.HeadAsync(MirrorName.ToReference(options.Registry, repository), digest, cancellationToken).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.IsNotFound || e.IsUnauthorized)
        {
            return null;
        }
        catch (RegistryException e)
        {
            throw RegistryFault.Unavailable($"the registry that this one is a cache of: {e.Message}");
        }
    }

    [LoggerMessage(21, LogLevel.Warning, "Blob {Digest} of {Repository} could not be fetched: {Reason}")]
    private static partial void Failed(ILogger logger, string repository, Digest digest, string reason);
}
