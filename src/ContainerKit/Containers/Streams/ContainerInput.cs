using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;

namespace ContainerKit.Containers.Streams;

/// <summary>A container's standard input, shared by everybody who is attached.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose.")]
internal sealed class ContainerInput(PipeWriter writer)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _completed;

    /// <summary>Writes and waits until there is room again; false when the input was closed.</summary>
    internal async ValueTask<bool> WriteAsync(ReadOnlySequence<byte> data, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_completed)
                return false;
            foreach (ReadOnlyMemory<byte> segment in data)
                writer.Write(segment.Span);
            FlushResult result = await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            return !result.IsCompleted;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes the input for everybody: the container reads an end of file.</summary>
    internal async ValueTask CompleteAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_completed)
                await writer.CompleteAsync().ConfigureAwait(false);
            _completed = true;
        }
        finally
        {
            _gate.Release();
        }
    }
}
