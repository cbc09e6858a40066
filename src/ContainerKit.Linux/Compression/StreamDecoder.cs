namespace ContainerKit.Linux.Compression;

/// <summary>A decompressor that takes pieces of input and gives pieces of output.</summary>
internal abstract class StreamDecoder : IDisposable
{
    /// <summary>Decompresses as much as there is input and room for output.</summary>
    /// <param name="input">What comes next; empty at the end.</param>
    /// <param name="output">Room.</param>
    /// <param name="isEnd">True: there is no more input.</param>
    /// <returns>How much was taken and given.</returns>
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    internal abstract (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isEnd);

    /// <summary>True when the input may end here.</summary>
    internal abstract bool IsComplete { get; }

    public abstract void Dispose();
}
