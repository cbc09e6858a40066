using System.Buffers;

namespace ContainerKit.Oci;

/// <summary>
/// Reads through to another stream, hashes what passes and, where a digest or size was promised, verifies it. Forward only.
/// </summary>
/// <remarks>
/// <para>A size that is exceeded fails at the first byte too many. Everything else is verified when the inner stream ends, so bytes that
/// were read are trustworthy only after a read has returned 0. A consumer that stops earlier (a tar reader stops at the end-of-archive
/// blocks) calls <see cref="DrainAsync"/>.</para>
/// <para>A failed check is repeated by every later read: a broken stream never turns into a short one.</para>
/// </remarks>
public sealed class DigestStream : Stream
{
    private const int DrainBufferSize = 64 * 1024;

    private readonly Stream _inner;
    private readonly DigestHasher _hasher;
    private readonly Digest _expectedDigest;
    private readonly long? _expectedSize;
    private readonly bool _leaveOpen;
    private (string Expected, string Actual)? _mismatch;

    /// <summary>Hashes what is read, without an expectation.</summary>
    /// <param name="inner">The stream to read.</param>
    /// <param name="algorithm"><see cref="Digest.Sha256"/> (the default) or <see cref="Digest.Sha512"/>.</param>
    /// <param name="leaveOpen">False (the default): disposing this stream disposes the inner one.</param>
    public DigestStream(Stream inner, string algorithm = Digest.Sha256, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _hasher = new DigestHasher(algorithm);
        _leaveOpen = leaveOpen;
    }

    /// <summary>Verifies what is read.</summary>
    /// <param name="inner">The stream to read.</param>
    /// <param name="expectedDigest">The digest that the content must have.</param>
    /// <param name="expectedSize">The size in bytes that the content must have; null where it is not known.</param>
    /// <param name="leaveOpen">False (the default): disposing this stream disposes the inner one.</param>
    /// <exception cref="ArgumentException">The digest is the default value, or the size is negative.</exception>
    public DigestStream(Stream inner, Digest expectedDigest, long? expectedSize, bool leaveOpen = false)
        : this(inner, expectedDigest.IsEmpty ? throw new ArgumentException("an empty digest verifies nothing", nameof(expectedDigest)) : expectedDigest.Algorithm, leaveOpen)
    {
        if (expectedSize is { } size)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(expectedSize));
        }

        _expectedDigest = expectedDigest;
        _expectedSize = expectedSize;
    }

    /// <summary>Verifies what is read against a descriptor's digest and size.</summary>
    /// <param name="inner">The stream to read.</param>
    /// <param name="expected">The descriptor of the content.</param>
    /// <param name="leaveOpen">False (the default): disposing this stream disposes the inner one.</param>
    public static DigestStream ForDescriptor(Stream inner, Descriptor expected, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(expected);
        return new DigestStream(inner, expected.Digest, expected.Size, leaveOpen);
    }

    /// <summary>True once the inner stream has ended and every check passed.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The digest of what was read so far; that of the whole content once <see cref="IsComplete"/> is true.</summary>
    public Digest CurrentDigest => _hasher.GetCurrentDigest();

    /// <summary>How many bytes were read so far.</summary>
    public long BytesRead => _hasher.Length;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Not supported: the stream is forward only.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>The number of bytes read; setting it is not supported.</summary>
    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads the rest of the inner stream, so that everything has been hashed and verified.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DigestMismatchException">The content is not what was promised.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DrainBufferSize);
        try
        {
            while (await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DigestMismatchException">The content is not what was promised.</exception>
    public override int Read(Span<byte> buffer)
    {
        ThrowIfBroken();
        int count = _inner.Read(buffer);
        return Accept(buffer[..count], atEnd: count == 0 && !buffer.IsEmpty);
    }

    /// <inheritdoc/>
    /// <exception cref="DigestMismatchException">The content is not what was promised.</exception>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="DigestMismatchException">The content is not what was promised.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfBroken();
        int count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Accept(buffer.Span[..count], atEnd: count == 0 && !buffer.IsEmpty);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Does nothing: nothing is buffered.</summary>
    public override void Flush()
    {
    }

    /// <summary>Not supported.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_leaveOpen)
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        _hasher.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!_leaveOpen)
            {
                _inner.Dispose();
            }

            _hasher.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Accept(ReadOnlySpan<byte> content, bool atEnd)
    {
        if (atEnd)
        {
            Complete();
            return 0;
        }

        _hasher.Append(content);
        if (_expectedSize is { } size && _hasher.Length > size)
        {
            Break($"{size} bytes", $"at least {_hasher.Length} bytes");
        }

        return content.Length;
    }

    private void Complete()
    {
        if (IsComplete)
        {
            return;
        }

        if (_expectedSize is { } size && _hasher.Length != size)
        {
            Break($"{size} bytes", $"{_hasher.Length} bytes");
        }

        if (!_expectedDigest.IsEmpty && _hasher.GetCurrentDigest() is var actual && actual != _expectedDigest)
        {
            Break(_expectedDigest.ToString(), actual.ToString());
        }

        IsComplete = true;
    }

    private void Break(string expected, string actual)
    {
        _mismatch = (expected, actual);
        ThrowIfBroken();
    }

    private void ThrowIfBroken()
    {
        if (_mismatch is { } mismatch)
        {
            throw new DigestMismatchException(mismatch.Expected, mismatch.Actual);
        }
    }
}
