using System.Buffers;

namespace ContainerKit.Linux.Io;

/// <summary>A queue of bytes in rented arrays. Holds no array while it is empty. Not thread-safe.</summary>
internal sealed class BufferChain
{
    private BufferSegment? _head;
    private BufferSegment? _tail;

    internal long Length { get; private set; }

    internal bool IsEmpty => Length == 0;

    /// <summary>How many bytes <see cref="Commit"/> may add.</summary>
    internal int Space => _tail?.Free ?? 0;

    /// <summary>The running index of the first byte.</summary>
    internal long StartIndex => _head is null ? 0 : _head.RunningIndex + _head.Start;

    /// <summary>The running index behind the last byte.</summary>
    internal long EndIndex => _tail is null ? 0 : _tail.RunningIndex + _tail.End;

    internal ReadOnlySequence<byte> Sequence
        => _head is null ? ReadOnlySequence<byte>.Empty : new(_head, _head.Start, _tail!, _tail!.End);

    /// <summary>The first contiguous bytes.</summary>
    internal ReadOnlyMemory<byte> First => _head is null ? default : _head.Array.AsMemory(_head.Start, _head.End - _head.Start);

    /// <summary>Room behind the last byte; a new array of <paramref name="newSize"/> where less than <paramref name="minimum"/> is left.</summary>
    internal Memory<byte> GetSpace(int minimum, int newSize)
    {
        if (_tail is null || _tail.Free < minimum)
        {
            var segment = new BufferSegment(Math.Max(minimum, newSize), EndIndex);
            _tail?.Append(segment);
            _tail = segment;
            _head ??= segment;
        }

        return _tail.Array.AsMemory(_tail.End);
    }

    /// <summary>Adds the first bytes of the last <see cref="GetSpace"/>.</summary>
    internal void Commit(int count)
    {
        _tail!.Commit(count);
        Length += count;
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpace(bytes.Length, bytes.Length).Span);
        Commit(bytes.Length);
    }

    /// <summary>Removes bytes from the front and gives back the arrays that are empty by that.</summary>
    /// <param name="count">At most <see cref="Length"/>.</param>
    /// <param name="keepLast">True while somebody holds the space of the last array: it stays.</param>
    internal void Consume(long count, bool keepLast = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length);
        Length -= count;
        while (_head is { } head)
        {
            int taken = (int)Math.Min(count, head.End - head.Start);
            head.Start += taken;
            count -= taken;
            if (head.Start < head.End || (keepLast && ReferenceEquals(head, _tail)))
            {
                return;
            }

            _head = head.NextSegment;
            head.Return();
        }

        _tail = null;
    }

    /// <summary>Forgets everything.</summary>
    /// <param name="reuse">
    /// False when somebody may still look at the arrays: then they are left to the garbage collector, because the pool would hand them
    /// out for other data.
    /// </param>
    internal void Clear(bool reuse)
    {
        for (BufferSegment? segment = _head; reuse && segment is not null; segment = segment.NextSegment)
        {
            segment.Return();
        }

        (_head, _tail, Length) = (null, null, 0);
    }
}
