using System.Buffers;

namespace ContainerKit.Linux.Compression;

/// <summary>Reads what a compressed stream holds. The compressed stream stays open.</summary>
/// <remarks>Damaged and truncated data is an <see cref="InvalidDataException"/>.</remarks>
public sealed class DecompressionStream : Stream
{
    private const int BufferSize = 128 * 1024;

    private readonly Stream _source;
    private readonly StreamDecoder _decoder;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;
    private bool _isEnd;

    private DecompressionStream(Stream source, StreamDecoder decoder)
    {
        _source = source;
        _decoder = decoder;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads xz data (several streams in a row are one), by liblzma.</summary>
    /// <param name="source">Compressed; stays owned by the caller.</param>
    /// <exception cref="MissingLibraryException">liblzma.so.5 is not installed.</exception>
    public static DecompressionStream OpenXz(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(source, new XzDecoder());
    }

    /// <summary>Reads Zstandard data (RFC 8878; several frames in a row are one), by libzstd.</summary>
    /// <param name="source">Compressed; stays owned by the caller.</param>
    /// <exception cref="MissingLibraryException">libzstd.so.1 is not installed.</exception>
    public static DecompressionStream OpenZstd(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(source, new ZstdDecoder());
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int written = Decode(buffer, out bool needsInput);
            if (written > 0 || !needsInput)
            {
                return written;
            }
            Take(_source.Read(_buffer, 0, _buffer.Length));
        }
        return 0;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int written = Decode(buffer.Span, out bool needsInput);
            if (written > 0 || !needsInput)
            {
                return written;
            }
            Take(await _source.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false));
        }
        return 0;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer.Length > 0)
        {
            _decoder.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
        base.Dispose(disposing);
    }

    private int Decode(Span<byte> output, out bool needsInput)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        (int consumed, int written) = _decoder.Decode(_buffer.AsSpan(_start, _end - _start), output, _isEnd);
        _start += consumed;
        needsInput = written == 0 && _start == _end && !_isEnd;
        if (written == 0 && _isEnd && !_decoder.IsComplete)
        {
            throw new InvalidDataException("The compressed data is cut off.");
        }
        return written;
    }

    private void Take(int length)
    {
        (_start, _end) = (0, length);
        _isEnd = length == 0;
    }
}
