namespace ContainerKit.Storage.Unpacking;

/// <summary>Reads a stream up to a size: what is beyond is an attack or a mistake.</summary>
internal sealed class LimitedStream(Stream source, long limit) : ForwardReadStream
{
    private long _read;

    public override int Read(byte[] buffer, int offset, int count) => Count(source.Read(buffer, offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => Count(await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private int Count(int length)
    {
        _read += length;
        return _read <= limit ? length : throw new InvalidContentException($"The archive is larger than {limit} bytes.");
    }
}
