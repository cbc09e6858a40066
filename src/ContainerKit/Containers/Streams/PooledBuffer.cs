using System.Buffers;

namespace ContainerKit.Containers.Streams;

/// <summary>
/// A growing byte buffer that holds an array of the pool only while it has content, so that an idle container costs nothing.
/// </summary>
internal sealed class PooledBuffer : IBufferWriter<byte>
{
    private const int FirstSize = 512;

    private byte[] _array = [];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Span => _array.AsSpan(0, Length);

    internal ReadOnlyMemory<byte> Memory => _array.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Length);
    }

    internal void Append(ReadOnlySpan<byte> content)
    {
        Reserve(content.Length);
        content.CopyTo(_array.AsSpan(Length));
        Length += content.Length;
    }

    /// <summary>Drops the first bytes.</summary>
    internal void Consume(int count)
    {
        _array.AsSpan(count, Length - count).CopyTo(_array);
        Length -= count;
        if (Length == 0)
            Clear();
    }

    /// <summary>Empties the buffer and gives its array back.</summary>
    internal void Clear()
    {
        Length = 0;
        if (_array.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_array);
        _array = [];
    }

    private void Reserve(int count)
    {
        int needed = Length + Math.Max(count, 1);
        if (needed <= _array.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(_array.Length * 2, FirstSize)));
        Span.CopyTo(larger);
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
