using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace ContainerKit.Containers.Streams;

/// <summary>Keeps output in memory, up to a limit.</summary>
internal sealed class OutputCapture(ByteSize limit) : IOutputListener, IDisposable
{
    private readonly PooledBuffer _standardOutput = new();
    private readonly PooledBuffer _standardError = new();
    private readonly TaskCompletionSource<LogStream> _overflow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _received;

    /// <summary>Completes when more than the limit came.</summary>
    internal Task<LogStream> Overflow => _overflow.Task;

    /// <summary>How much came of both streams, kept or not.</summary>
    internal long Received => Interlocked.Read(ref _received);

    public ValueTask WriteAsync(LogStream stream, ReadOnlySequence<byte> data)
    {
        Append(stream, data);
        return default;
    }

    public ValueTask CompleteAsync(LogStream stream) => default;

    public void Dispose()
    {
        _standardOutput.Clear();
        _standardError.Clear();
    }

    internal string GetText(LogStream stream) => Encoding.UTF8.GetString(BufferOf(stream).Span);

    internal IOException CreateOverflowException(string command)
    {
        string stream = _overflow.Task.Result == LogStream.StandardOutput ? "standard output" : "standard error";
        return new IOException($"'{command}' wrote more than {limit} to {stream} and was killed. Read it as a stream, or allow more.");
    }

    /// <summary>Reads a pipe to its end.</summary>
    internal async Task ReadAsync(PipeReader reader, LogStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            Append(stream, result.Buffer);
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
                return;
        }
    }

    private void Append(LogStream stream, in ReadOnlySequence<byte> data)
    {
        Interlocked.Add(ref _received, data.Length);
        PooledBuffer buffer = BufferOf(stream);
        if (buffer.Length + data.Length > limit.Bytes)
        {
            _overflow.TrySetResult(stream);
            return;
        }

        foreach (ReadOnlyMemory<byte> segment in data)
            buffer.Append(segment.Span);
    }

    private PooledBuffer BufferOf(LogStream stream) => stream == LogStream.StandardOutput ? _standardOutput : _standardError;
}
