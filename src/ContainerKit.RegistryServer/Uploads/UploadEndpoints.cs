using ContainerKit.Oci;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.RegistryServer.Uploads;

/// <summary><c>/v2/NAME/blobs/uploads/</c>: "Pushing blobs", at once, in chunks, or from another repository.</summary>
internal sealed class UploadEndpoints(UploadStore uploads, BlobStore blobs, StoreLock storeLock, DiskThreads disk, OciRegistryLimits limits, RegistryMetrics metrics)
{
    /// <summary>POST: begins an upload, mounts a blob (<c>mount</c> and <c>from</c>), or takes it at once (<c>digest</c>).</summary>
    internal async Task StartAsync(RegistryRequest request)
    {
        string mount = request.Query["mount"].ToString();
        if (mount.Length > 0 && await TryMountAsync(request, mount).ConfigureAwait(false))
            return;
        string digest = request.Query["digest"].ToString();
        Digest? expected = digest.Length == 0 || mount.Length > 0 ? null : ParseDigest(digest);
        using UploadSession session = uploads.Create(request.Repository);
        if (expected is { } known)
        {
            await FinishAsync(request, session, known).ConfigureAwait(false);
            return;
        }

        WriteStatus(request, session.Id, 0, StatusCodes.Status202Accepted);
    }

    /// <summary>GET: how far it is.</summary>
    internal Task GetStatusAsync(RegistryRequest request)
    {
        WriteStatus(request, request.Reference, uploads.GetLength(request.Repository, request.Reference), StatusCodes.Status204NoContent);
        return Task.CompletedTask;
    }

    /// <summary>PATCH: a chunk, or everything as a stream of unknown length.</summary>
    internal async Task AppendAsync(RegistryRequest request)
    {
        using UploadSession session = uploads.Open(request.Repository, request.Reference);
        if (await AppendAsync(request, session, null).ConfigureAwait(false))
            WriteStatus(request, session.Id, session.Length, StatusCodes.Status202Accepted);
    }

    /// <summary>PUT: the last chunk, if any, and the digest of everything.</summary>
    internal async Task FinishAsync(RegistryRequest request)
    {
        Digest digest = ParseDigest(request.Query["digest"].ToString());
        using UploadSession session = uploads.Open(request.Repository, request.Reference);
        await FinishAsync(request, session, digest).ConfigureAwait(false);
    }

    /// <summary>DELETE: cancels it.</summary>
    internal Task CancelAsync(RegistryRequest request)
    {
        using UploadSession session = uploads.Open(request.Repository, request.Reference);
        UploadStore.Remove(session);
        request.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task FinishAsync(RegistryRequest request, UploadSession session, Digest expected)
    {
        if (!await AppendAsync(request, session, expected).ConfigureAwait(false))
            return;
        Digest actual = session.ComputeDigest(expected.Algorithm);
        if (actual != expected)
        {
            UploadStore.Remove(session);
            throw RegistryFault.DigestInvalid($"provided digest did not match uploaded content, which has {actual}", expected.ToString());
        }

        await disk.RunAsync(session.Settle, request.Aborted).ConfigureAwait(false);
        await CommitAsync(request, session, actual).ConfigureAwait(false);
        request.SetDigest(actual);
        request.WriteCreated($"/v2/{request.Repository}/blobs/{actual}");
    }

    private async Task CommitAsync(RegistryRequest request, UploadSession session, Digest digest)
    {
        // Whoever counts must be alone: two pushes that fit one by one may not fit together.
        bool isCounted = limits.QuotaOf(request.Repository) is not null;
        using IDisposable held = isCounted
            ? await storeLock.OwnAsync(request.Aborted).ConfigureAwait(false)
            : await storeLock.ShareAsync(request.Aborted).ConfigureAwait(false);
        if (isCounted && blobs.FindSize(request.Repository, digest) is null && session.Length > Remaining(request.Repository))
        {
            UploadStore.Remove(session);
            throw QuotaFault(request.Repository);
        }

        await disk.RunAsync(() => blobs.Adopt(session.Path, request.Repository, digest), CancellationToken.None).ConfigureAwait(false);
        session.Leave();
    }

    /// <returns>False where the chunk is out of order, and the answer is written.</returns>
    private async Task<bool> AppendAsync(RegistryRequest request, UploadSession session, Digest? expected)
    {
        long start = session.Length;
        string rangeText = request.Http.Request.Headers.ContentRange.ToString();
        UploadRange? range = rangeText.Length == 0 ? null : UploadRange.Parse(rangeText);
        if (rangeText.Length > 0 && range?.Start != start)
        {
            WriteStatus(request, session.Id, start, StatusCodes.Status416RangeNotSatisfiable);
            return false;
        }

        if (range is { } known && request.Http.Request.ContentLength is { } announced && announced != known.Length)
            throw RegistryFault.UploadInvalid($"the Content-Range has {known.Length} bytes, the Content-Length says {announced}");

        // What the repository has already does not count twice.
        bool isCounted = limits.QuotaOf(request.Repository) is not null && (expected is not { } digest || blobs.FindSize(request.Repository, digest) is null);
        long quota = isCounted ? Remaining(request.Repository) : long.MaxValue;
        long most = Math.Min(limits.MaxBlobSize, quota);
        Func<RegistryFault> tooLong = quota < limits.MaxBlobSize ? () => QuotaFault(request.Repository) : () => RegistryFault.SizeInvalid($"a blob has at most {limits.MaxBlobSize} bytes");
        try
        {
            // Said before anything is sent, where it can be.
            if (request.Http.Request.ContentLength > most - start)
                throw tooLong();
            await session.AppendAsync(request.Http.Request.BodyReader, range is { } chunk ? Math.Min(most, start + chunk.Length) : most, tooLong, metrics, request.Aborted).ConfigureAwait(false);
        }
        catch (RegistryFault)
        {
            UploadStore.Remove(session);
            throw;
        }
        catch (IOException e) when (StorageFault.IsFull(e))
        {
            // What has come can't become anything, and others need the place.
            UploadStore.Remove(session);
            throw;
        }

        if (range is { } whole && session.Length != whole.End + 1)
        {
            session.Truncate(start);
            throw RegistryFault.UploadInvalid($"the chunk has other bytes than its Content-Range says; {start} bytes are there as before");
        }

        return true;
    }

    /// <summary>"Mounting a blob from another repository": where that can't be done, an upload begins as if it had not been asked for.</summary>
    private async Task<bool> TryMountAsync(RegistryRequest request, string mount)
    {
        string from = request.Query["from"].ToString();
        if (!Digest.TryParse(mount, out Digest digest) || !RegistryGrammar.IsName(from) || !request.Access.Allows(from, OciRegistryActions.Pull))
            return false;
        bool isCounted = limits.QuotaOf(request.Repository) is not null;
        using (isCounted ? await storeLock.OwnAsync(request.Aborted).ConfigureAwait(false) : await storeLock.ShareAsync(request.Aborted).ConfigureAwait(false))
        {
            if (blobs.FindSize(from, digest) is not { } size)
                return false;
            if (isCounted && blobs.FindSize(request.Repository, digest) is null && size > Remaining(request.Repository))
                throw QuotaFault(request.Repository);
            blobs.Link(request.Repository, digest);
        }

        request.SetDigest(digest);
        request.WriteCreated($"/v2/{request.Repository}/blobs/{digest}");
        return true;
    }

    private static void WriteStatus(RegistryRequest request, string id, long length, int status)
    {
        request.Response.StatusCode = status;
        request.Response.Headers.Location = $"{request.PathBase}/v2/{request.Repository}/blobs/uploads/{id}";
        request.Response.Headers.Range = UploadRange.Format(length);
        request.Response.Headers["Docker-Upload-UUID"] = id;
        if (status != StatusCodes.Status204NoContent)
            request.Response.ContentLength = 0;
    }

    private static Digest ParseDigest(string text)
        => Digest.TryParse(text, out Digest digest) ? digest : throw RegistryFault.DigestInvalid("the parameter digest is missing or no digest that is supported (sha256, sha512)", text.Length > 0 ? text : null);

    private long Remaining(string repository) => Math.Max(0, (limits.QuotaOf(repository) ?? long.MaxValue) - blobs.Measure(repository));

    private RegistryFault QuotaFault(string repository) => RegistryFault.Denied($"the quota of {repository} is {limits.QuotaOf(repository)} bytes, which this would exceed");
}
