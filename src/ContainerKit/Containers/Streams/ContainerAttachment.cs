using System.Buffers;
using System.IO.Pipelines;
using ContainerKit.Containers.Streams;

namespace ContainerKit;

/// <summary>
/// A connection to a container's standard streams, from <see cref="Container.AttachAsync"/>. Several may exist; each gets all output from
/// its
/// beginning on, and their input is mixed. Disposing detaches; the container runs on.
/// </summary>
public sealed class ContainerAttachment : IOutputListener, IAsyncDisposable
{
    private readonly AttachOptions _options;
    private readonly bool _closesInput;
    private readonly TimeProvider _time;
    private readonly OutputHub _hub;
    private readonly Pipe _output;
    private readonly Pipe? _error;
    private readonly Pipe? _input;
    private readonly CancellationTokenSource _detached = new();
    private readonly Task _inputPump;
    private volatile IOException? _stalled;
    private int _disposed;

    internal ContainerAttachment(OutputHub hub, ContainerSpec spec, AttachOptions options, TimeProvider time)
    {
        _hub = hub;
        _options = options;

        // A terminal has no end of input to give, and whoever lets go of one may take it up again.
        _closesInput = spec is { StdinOnce: true, Terminal: false };
        _time = time;
        _output = CreatePipe(options);
        _error = spec.Terminal ? null : CreatePipe(options);
        _input = spec.OpenStdin || spec.Terminal ? CreatePipe(options) : null;
        _inputPump = _input is null ? Task.CompletedTask : PumpInputAsync(_input.Reader);
    }

    /// <summary>
    /// What is written here the container reads. Completing it closes the container's input for everybody. Null when the spec has neither
    /// <see cref="ContainerSpec.OpenStdin"/> nor <see cref="ContainerSpec.Terminal"/>.
    /// </summary>
    public PipeWriter? StandardInput => _input?.Writer;

    /// <summary>
    /// Standard output; with a terminal everything. It ends with the container, or with an <see cref="IOException"/> when it was not read
    /// for too long.
    /// </summary>
    public PipeReader StandardOutput => _output.Reader;

    /// <summary>Standard error; null with a terminal.</summary>
    public PipeReader? StandardError => _error?.Reader;

    /// <summary>
    /// Detaches. The container's input stays open unless it was completed, or <see cref="ContainerSpec.StdinOnce"/> is set and it is no terminal. Idempotent.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _hub.Remove(this);
        await _detached.CancelAsync().ConfigureAwait(false);
        await _output.Reader.CompleteAsync().ConfigureAwait(false);
        if (_error is not null)
            await _error.Reader.CompleteAsync().ConfigureAwait(false);
        await _inputPump.ConfigureAwait(false);
        _detached.Dispose();
    }

    async ValueTask IOutputListener.WriteAsync(LogStream stream, ReadOnlySequence<byte> data)
    {
        if (PipeOf(stream) is not Pipe pipe)
            return;
        PipeWriter writer = pipe.Writer;
        try
        {
            if (_stalled is not null)
            {
                await writer.CompleteAsync(_stalled).ConfigureAwait(false);
                return;
            }

            foreach (ReadOnlyMemory<byte> segment in data)
                writer.Write(segment.Span);
            ValueTask<FlushResult> flush = writer.FlushAsync(CancellationToken.None);
            if (!flush.IsCompletedSuccessfully)
                await flush.AsTask().WaitAsync(_options.StallTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _stalled = new IOException(
                $"The attachment was not read for {_options.StallTimeout.TotalSeconds:0.#} s while {_options.BufferSize} were waiting, and was ended so that "
                + "the container goes on. The log has everything.");
            await writer.CompleteAsync(_stalled).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The writer was completed before, because the reader stalled.
        }
    }

    ValueTask IOutputListener.CompleteAsync(LogStream stream) => PipeOf(stream)?.Writer.CompleteAsync() ?? default;

    private static Pipe CreatePipe(AttachOptions options)
        => new(new PipeOptions(
            pauseWriterThreshold: options.BufferSize.Bytes,
            resumeWriterThreshold: Math.Max(1, options.BufferSize.Bytes / 2),
            useSynchronizationContext: false));

    private Pipe? PipeOf(LogStream stream) => stream == LogStream.StandardOutput ? _output : _error;

    private async Task PumpInputAsync(PipeReader reader)
    {
        try
        {
            ContainerInput? input = await _hub.Input.WaitAsync(_detached.Token).ConfigureAwait(false);
            while (input is not null)
            {
                ReadResult result = await reader.ReadAsync(_detached.Token).ConfigureAwait(false);
                bool open = result.Buffer.IsEmpty || await input.WriteAsync(result.Buffer, _detached.Token).ConfigureAwait(false);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    await input.CompleteAsync().ConfigureAwait(false);
                if (result.IsCompleted || !open)
                    break;
            }
        }
        catch (OperationCanceledException) when (_detached.IsCancellationRequested)
        {
            // Detached: what was not forwarded is dropped, the container's input stays open for others unless it is for one only.
            if (_closesInput && _hub.Input is { IsCompletedSuccessfully: true, Result: ContainerInput own })
                await own.CompleteAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The container closed its input; the completed reader below tells the caller at the next flush.
        }

        await reader.CompleteAsync().ConfigureAwait(false);
    }
}
