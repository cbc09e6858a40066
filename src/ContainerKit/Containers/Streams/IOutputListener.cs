using System.Buffers;

namespace ContainerKit.Containers.Streams;

/// <summary>Something that gets a container's output as it comes.</summary>
internal interface IOutputListener
{
    /// <summary>
    /// Takes output. Calls for one stream come one after the other; those for the two streams may overlap. Must not throw, and may only be
    /// slow for a bounded time.
    /// </summary>
    ValueTask WriteAsync(LogStream stream, ReadOnlySequence<byte> data);

    /// <summary>There is no more output of the stream.</summary>
    ValueTask CompleteAsync(LogStream stream);
}
