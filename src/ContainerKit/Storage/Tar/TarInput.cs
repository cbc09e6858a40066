using ContainerKit.Oci;

namespace ContainerKit.Storage.Tar;

/// <summary>Reads an archive's bytes in order, through one buffer, counting and hashing each once.</summary>
internal sealed class TarInput : IDisposable
{
    public const int BlockSize = 512;

    private const int BufferSize = 256 * 1024;

    private readonly Stream _stream;
    private readonly DigestHasher _hasher;
    private readonly Action<long>? _onRead;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _start;
    private int _end;

    /// <summary>Reads from a stream, which stays owned by the caller.</summary>
    /// <param name="stream">The archive, not compressed.</param>
    /// <param name="algorithm">How the bytes are hashed.</param>
    /// <param name="onRead">Is told the number of bytes read so far; throws where that is too much.</param>
    public TarInput(Stream stream, string algorithm = Digest.Sha256, Action<long>? onRead = null)
    {
        _stream = stream;
        _hasher = new DigestHasher(algorithm);
        _onRead = onRead;
    }

    /// <summary>How many bytes were read from the stream.</summary>
    public long Length => _hasher.Length;

    /// <summary>The digest of the bytes read from the stream.</summary>
    public Digest Digest => _hasher.GetCurrentDigest();

    /// <summary>The next block, valid until the next call; empty at the end of the stream.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBlockAsync(CancellationToken cancellationToken)
    {
        while (_end - _start < BlockSize)
        {
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return _start == _end ? default : throw Truncated();
            }
        }
        _start += BlockSize;
        return _buffer.AsMemory(_start - BlockSize, BlockSize);
    }

    /// <summary>Between 1 and <paramref name="max"/> bytes, valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadSomeAsync(long max, CancellationToken cancellationToken)
    {
        if (_start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Truncated();
        }
        int length = (int)Math.Min(max, _end - _start);
        _start += length;
        return _buffer.AsMemory(_start - length, length);
    }

    public async ValueTask<byte[]> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        byte[] result = new byte[length];
        for (int done = 0; done < length;)
        {
            ReadOnlyMemory<byte> part = await ReadSomeAsync(length - done, cancellationToken).ConfigureAwait(false);
            part.CopyTo(result.AsMemory(done));
            done += part.Length;
        }
        return result;
    }

    public async ValueTask SkipAsync(long length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            length -= (await ReadSomeAsync(length, cancellationToken).ConfigureAwait(false)).Length;
        }
    }

    /// <summary>Skips as <see cref="SkipAsync"/> does, and nothing where the stream ends here.</summary>
    public async ValueTask SkipUnlessAtEndAsync(long length, CancellationToken cancellationToken)
    {
        if (length > 0 && (_start < _end || await FillAsync(cancellationToken).ConfigureAwait(false)))
        {
            await SkipAsync(length, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the rest, so that length and digest are those of the whole stream.</summary>
    public async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        do
        {
            _start = _end = 0;
        }
        while (await FillAsync(cancellationToken).ConfigureAwait(false));
    }

    public void Dispose() => _hasher.Dispose();

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        int read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _hasher.Append(_buffer.AsSpan(_end, read));
        _end += read;
        _onRead?.Invoke(_hasher.Length);
        return read > 0;
    }

    private static InvalidContentException Truncated() => new("The archive is cut off in the middle of an entry.");
}
