namespace ContainerKit.Storage.Tar;

/// <summary>
/// Writes an archive: POSIX ustar, with PAX headers only for what that can't hold, so that equal entries give equal bytes. Sparse files are
/// GNU's format 1.0, which every common implementation reads. Names stay bytes.
/// </summary>
/// <remarks>System.Formats.Tar encodes names as UTF-8 text and knows no sparse files and no order of PAX records.</remarks>
/// <param name="output">Where the archive goes; stays owned by the caller.</param>
internal sealed class TarWriter(Stream output) : ITarReceiver
{
    private const int BufferSize = 256 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _used;
    private long _expected;
    private long _padding;

    /// <summary>Bytes of the archive so far.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public async ValueTask AddAsync(TarEntry entry, ITarContent? content, CancellationToken cancellationToken)
    {
        await WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        while (content is not null && await content.ReadDataAsync(cancellationToken).ConfigureAwait(false) is { } data)
        {
            await WriteDataAsync(data.Content, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins an entry; the content of a regular file follows, of a sparse one that of its extents.</summary>
    public async ValueTask WriteEntryAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        RequireComplete();
        byte[] map = entry.Extents is null ? [] : TarHeaderWriter.EncodeSparseMap(entry);
        long content = entry.Type != TarEntryType.RegularFile ? 0 : entry.Extents?.Sum(extent => extent.Length) ?? entry.Size;
        byte[] header = TarHeaderWriter.Encode(entry, map.Length + content);
        await AppendAsync(header, cancellationToken).ConfigureAwait(false);
        await AppendAsync(map, cancellationToken).ConfigureAwait(false);
        _expected = content;
        _padding = -(map.Length + content) & (TarInput.BlockSize - 1);
        await PadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a piece of the entry's content.</summary>
    public async ValueTask WriteDataAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (content.Length > _expected)
        {
            throw new InvalidOperationException("An entry got more content than it was declared with.");
        }
        await AppendAsync(content, cancellationToken).ConfigureAwait(false);
        _expected -= content.Length;
        await PadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the archive; the stream is flushed and stays open.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        RequireComplete();
        await AppendAsync(new byte[2 * TarInput.BlockSize], cancellationToken).ConfigureAwait(false);
        await FlushBufferAsync(cancellationToken).ConfigureAwait(false);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands on what was written, so that another writer may go on with the archive.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        RequireComplete();
        return FlushBufferAsync(cancellationToken);
    }

    private void RequireComplete()
    {
        if (_expected != 0)
        {
            throw new InvalidOperationException($"{_expected} bytes of the last entry's content are missing.");
        }
    }

    private async ValueTask PadAsync(CancellationToken cancellationToken)
    {
        if (_expected == 0 && _padding > 0)
        {
            await AppendAsync(new byte[_padding], cancellationToken).ConfigureAwait(false);
            _padding = 0;
        }
    }

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Length += bytes.Length;
        if (bytes.Length > BufferSize - _used)
        {
            await FlushBufferAsync(cancellationToken).ConfigureAwait(false);
        }
        if (bytes.Length >= BufferSize)
        {
            await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            return;
        }
        bytes.CopyTo(_buffer.AsMemory(_used));
        _used += bytes.Length;
    }

    private async ValueTask FlushBufferAsync(CancellationToken cancellationToken)
    {
        if (_used > 0)
        {
            await output.WriteAsync(_buffer.AsMemory(0, _used), cancellationToken).ConfigureAwait(false);
            _used = 0;
        }
    }
}
