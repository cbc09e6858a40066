namespace ContainerKit.Storage.Unpacking;

/// <summary>A stream of which the first bytes were read already. Counts; leaves the stream open.</summary>
/// <param name="head">The bytes that were read.</param>
/// <param name="rest">Where the others are.</param>
internal sealed class PeekedStream(ReadOnlyMemory<byte> head, Stream rest) : ForwardReadStream
{
    private ReadOnlyMemory<byte> _head = head;

    /// <summary>How many bytes were read through this stream.</summary>
    public long BytesRead { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => Count(_head.IsEmpty ? rest.Read(buffer) : ReadHead(buffer));

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => Count(_head.IsEmpty ? await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) : ReadHead(buffer.Span));

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private int ReadHead(Span<byte> buffer)
    {
        int length = Math.Min(buffer.Length, _head.Length);
        _head.Span[..length].CopyTo(buffer);
        _head = _head[length..];
        return length;
    }

    private int Count(int length)
    {
        BytesRead += length;
        return length;
    }
}
