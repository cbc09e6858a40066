using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>A part of a blob as the content of a request. It can be sent again, since it opens the blob anew each time.</summary>
internal sealed class BlobSliceContent : HttpContent
{
    private const int BufferSize = 128 * 1024;

    private readonly Func<CancellationToken, ValueTask<Stream>> _open;
    private readonly long _offset;
    private readonly long _length;
    private readonly IProgress<long>? _progress;

    /// <summary>Makes the content.</summary>
    /// <param name="open">Opens the blob at its beginning.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="progress">Is told how far in the blob the sending is.</param>
    public BlobSliceContent(Func<CancellationToken, ValueTask<Stream>> open, long offset, long length, IProgress<long>? progress)
    {
        _open = open;
        _offset = offset;
        _length = length;
        _progress = progress;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <summary>Called whenever something was taken by the connection; true at the end.</summary>
    public Action<bool>? Advanced { get; set; }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Stream blob = await _open(cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable _ = blob.ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await SkipAsync(blob, buffer, cancellationToken).ConfigureAwait(false);
            for (long sent = 0; sent < _length;)
            {
                int wanted = (int)Math.Min(buffer.Length, _length - sent);
                int read = await blob.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new EndOfStreamException("The blob is shorter than its descriptor says.");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                sent += read;
                Advanced?.Invoke(sent == _length);
                _progress?.Report(_offset + sent);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    private async ValueTask SkipAsync(Stream blob, byte[] buffer, CancellationToken cancellationToken)
    {
        if (blob.CanSeek)
        {
            blob.Position = _offset;
            return;
        }

        for (long left = _offset; left > 0;)
        {
            int read = await blob.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken).ConfigureAwait(false);
            left -= read > 0 ? read : throw new EndOfStreamException("The blob is shorter than its descriptor says.");
        }
    }
}
