using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>Opens blobs at an offset.</summary>
internal static class BlobReader
{
    /// <summary>Opens a blob.</summary>
    /// <returns>A stream that begins at the offset, owned by the caller.</returns>
    /// <exception cref="RegistryException">The registry refuses, or has something of another size.</exception>
    public static async Task<Stream> OpenAsync(RegistryRoute route, Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = route.CreateRequest(HttpMethod.Get, $"blobs/{blob.Digest}");

        // A blob that is compressed once more on its way could not be resumed.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        HttpResponseMessage response = await route.Host.SendAsync(request, route.PullScopes, cancellationToken).ConfigureAwait(false);
        try
        {
            await RegistryAnswer.ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
            long start = Start(response, offset);
            CheckLength(response, blob, start);
            Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await SkipAsync(content, offset - start, cancellationToken).ConfigureAwait(false);
            return new ResponseStream(response, content);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Where the answer begins: servers may ignore that a range was asked for.</summary>
    private static long Start(HttpResponseMessage response, long offset)
    {
        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            return 0;
        }

        return response.Content.Headers.ContentRange?.From == offset
            ? offset
            : throw new RegistryException(
                $"{RegistryAnswer.Describe(response.RequestMessage)}: the answer is another range than the one that was asked for.",
                response.StatusCode,
                url: RegistryAnswer.Redact(response.RequestMessage?.RequestUri));
    }

    private static void CheckLength(HttpResponseMessage response, Descriptor blob, long start)
    {
        if (response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new RegistryException(
                $"{RegistryAnswer.Describe(response.RequestMessage)}: the answer is encoded, which was not asked for.", response.StatusCode,
                url: RegistryAnswer.Redact(response.RequestMessage?.RequestUri));
        }

        if (response.Content.Headers.ContentLength is { } length && length != blob.Size - start)
        {
            throw new DigestMismatchException($"{blob.Size} bytes", $"{start + length} bytes");
        }
    }

    private static async ValueTask SkipAsync(Stream content, long count, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (count > 0)
            {
                int read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), cancellationToken).ConfigureAwait(false);
                count -= read > 0 ? read : throw new EndOfStreamException("The blob broke off before the place from which on it was asked for.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
