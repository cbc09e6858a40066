using System.Globalization;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Mirroring;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Blobs;

/// <summary><c>/v2/NAME/blobs/DIGEST</c>: "Pulling blobs", "Deleting Blobs".</summary>
internal sealed class BlobEndpoints(BlobStore blobs, BlobMirror? mirror, RegistryMetrics metrics)
{
    private const string OctetStream = "application/octet-stream";

    /// <summary>GET and HEAD, with ranges.</summary>
    internal async Task GetAsync(RegistryRequest request)
    {
        Digest digest = ParseDigest(request);
        using SafeFileHandle? file = blobs.Open(request.Repository, digest);
        if (file is null)
        {
            if (mirror is null || !await mirror.TryServeAsync(request, digest).ConfigureAwait(false))
                throw RegistryFault.BlobUnknown(digest);
            return;
        }

        // Who asks whether it is there goes on to push what needs it.
        if (request.IsHead)
            blobs.Renew(request.Repository, digest);
        WriteHeaders(request, digest);
        if (request.HasEntity(digest))
        {
            request.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        long size = RandomAccess.GetLength(file);
        bool isPart = false;
        ByteRange? range = request.IsHead ? ByteRange.Whole(size) : ByteRange.Parse(RangeOf(request, digest), size, out isPart);
        if (range is not { } asked)
        {
            request.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            request.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            request.Response.ContentLength = 0;
            return;
        }

        request.Response.ContentLength = asked.Length;
        if (isPart)
        {
            request.Response.StatusCode = StatusCodes.Status206PartialContent;
            request.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {asked.Start}-{asked.Start + asked.Length - 1}/{size}");
        }

        if (!request.IsHead)
            await BlobSender.SendAsync(file, asked, request.Response.BodyWriter, metrics, request.Aborted).ConfigureAwait(false);
    }

    /// <summary>Takes the blob away from the repository, also where manifests need it: that is the client's business.</summary>
    internal Task DeleteAsync(RegistryRequest request)
    {
        Digest digest = ParseDigest(request);
        if (!blobs.Unlink(request.Repository, digest))
            throw RegistryFault.BlobUnknown(digest);
        request.Response.StatusCode = StatusCodes.Status202Accepted;
        return Task.CompletedTask;
    }

    /// <summary>What never changes may be kept for ever, by those who may see it.</summary>
    internal static void WriteHeaders(RegistryRequest request, Digest digest)
    {
        request.SetDigest(digest);
        request.Response.ContentType = OctetStream;
        request.Response.Headers.ETag = $"\"{digest}\"";
        request.Response.Headers.AcceptRanges = "bytes";
        request.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
    }

    // A part of something else than the client has already is of no use to it (RFC 9110, 13.1.5).
    private static string RangeOf(RegistryRequest request, Digest digest)
        => request.Http.Request.Headers.IfRange.ToString() is { Length: > 0 } condition && condition != $"\"{digest}\"" ? "" : request.Http.Request.Headers.Range.ToString();

    private static Digest ParseDigest(RegistryRequest request)
        => Digest.TryParse(request.Reference, out Digest digest) ? digest : throw RegistryFault.DigestInvalid("the reference is no digest that is supported", request.Reference);
}
