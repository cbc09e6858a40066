using System.Buffers;
using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Writes the streams of a container or a command to a client, each piece as a frame of its own.</summary>
internal sealed class OutputMultiplexer(PipeWriter output, bool hasTerminal) : IDisposable
{
    private const int LargestFrame = 1 << 20;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private volatile bool _broken;

    /// <summary>True once the client takes nothing any more.</summary>
    internal bool IsBroken => _broken;

    /// <summary>True while the client has not taken what it is given.</summary>
    internal bool IsWriting => _writing.CurrentCount == 0;

    /// <summary>
    /// Copies to the stream's end. When the client is gone, what comes is read and dropped, so that the writer is not held up; with
    /// <paramref name="stopWhenBroken"/> the copy ends instead.
    /// </summary>
    internal async Task CopyAsync(PipeReader? source, LogStream stream, bool isWanted, bool stopWhenBroken, CancellationToken cancellationToken)
    {
        if (source is null)
            return;
        try
        {
            while (true)
            {
                ReadResult result = await source.ReadAsync(cancellationToken).ConfigureAwait(false);
                ReadOnlySequence<byte> data = result.Buffer.Length > LargestFrame ? result.Buffer.Slice(0, LargestFrame) : result.Buffer;
                if (isWanted && !data.IsEmpty && !_broken)
                    await WriteAsync(stream, data, cancellationToken).ConfigureAwait(false);
                bool isEnd = result.IsCompleted && data.Length == result.Buffer.Length;
                source.AdvanceTo(data.End);
                if (isEnd || result.IsCanceled || (_broken && stopWhenBroken))
                    return;
            }
        }
        catch (IOException)
        {
            // The attachment was ended because nobody read it for too long: the client sees the end.
        }
    }

    /// <summary>Writes one frame.</summary>
    internal async Task WriteAsync(LogStream stream, ReadOnlySequence<byte> data, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            StreamFrame.Write(output, stream, data, hasTerminal);
            FlushResult flushed = await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            _broken |= flushed.IsCompleted;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            _broken = true;
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();
}
