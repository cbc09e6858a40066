using System.Buffers;

namespace ContainerKit.Linux.Io;

/// <summary>A rented array in a chain; bytes from <see cref="Start"/> to <see cref="End"/> are filled and not consumed.</summary>
internal sealed class BufferSegment : ReadOnlySequenceSegment<byte>
{
    internal BufferSegment(int size, long runningIndex)
    {
        Array = ArrayPool<byte>.Shared.Rent(size);
        RunningIndex = runningIndex;
    }

    internal byte[] Array { get; }

    internal int Start { get; set; }

    internal int End { get; private set; }

    internal int Free => Array.Length - End;

    internal BufferSegment? NextSegment => (BufferSegment?)Next;

    internal void Commit(int count)
    {
        End += count;
        Memory = Array.AsMemory(0, End);
    }

    internal void Append(BufferSegment next) => Next = next;

    internal void Return() => ArrayPool<byte>.Shared.Return(Array);
}
