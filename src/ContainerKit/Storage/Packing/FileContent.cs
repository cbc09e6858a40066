using System.Buffers;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Packing;

/// <summary>Reads an open file that others may be writing: where it has shrunk since its size was taken, zeros stand for what is gone.</summary>
/// <param name="file">Stays owned by the caller.</param>
/// <param name="size">How much is read.</param>
/// <param name="extents">Where it has data; null: everywhere.</param>
internal sealed class FileContent(SafeFileHandle file, long size, IReadOnlyList<TarExtent>? extents) : ITarContent, IDisposable
{
    private const int BufferSize = 256 * 1024;

    private byte[]? _buffer;
    private int _extent;
    private long _position;

    /// <inheritdoc/>
    public ValueTask<TarData?> ReadDataAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (Current is { } extent && _position == extent.Length)
        {
            _extent++;
            _position = 0;
        }
        if (Current is not { } current)
        {
            return new ValueTask<TarData?>((TarData?)null);
        }
        _buffer ??= ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, size));
        long offset = current.Offset + _position;
        int wanted = (int)Math.Min(_buffer.Length, current.Length - _position);
        int read = RandomAccess.Read(file, _buffer.AsSpan(0, wanted), offset);
        if (read == 0)
        {
            read = wanted;
            _buffer.AsSpan(0, wanted).Clear();
        }
        _position += read;
        return new ValueTask<TarData?>(new TarData(offset, _buffer.AsMemory(0, read)));
    }

    /// <summary>Gives away the array of the pool that the last piece is in; the next piece comes in another one.</summary>
    public byte[]? Detach() => Interlocked.Exchange(ref _buffer, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private TarExtent? Current => extents is null
        ? _extent == 0 ? new TarExtent(0, size) : null
        : _extent < extents.Count ? extents[_extent] : null;
}
