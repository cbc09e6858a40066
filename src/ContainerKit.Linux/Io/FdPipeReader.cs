using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>See <see cref="FdPipe.OpenReader"/>. The consumer reads the descriptor itself; the reactor only wakes it.</summary>
internal sealed class FdPipeReader : PipeReader
{
    private const int SmallRead = 4 * 1024;
    private const int LargeRead = 64 * 1024;

    /// <summary>Below this rest a further array is rented rather than filling up the last one with tiny reads.</summary>
    private const int MinimumSpace = 256;

    /// <summary>
    /// So many reads end at once before one gives way to other work: a consumer of something that never pauses would keep its thread for ever otherwise,
    /// beginning with the thread that only wanted to start the consumer.
    /// </summary>
    private const int ReadsWithoutWaiting = 8;

    private readonly Lock _gate = new();
    private readonly FileDescriptor _descriptor;
    private readonly Readiness _readiness;
    private readonly FdPipeOptions _options;
    private readonly BufferChain _buffer = new();

    /// <summary>How many of the buffered bytes the consumer has looked at without consuming them.</summary>
    private long _examined;
    private int _readSize = SmallRead;
    private int _readsInARow;
    private bool _handedOut;
    private bool _reading;
    private bool _endOfFile;
    private bool _cancelRequested;
    private bool _completed;

    internal FdPipeReader(Reactor reactor, FileDescriptor descriptor, FdPipeOptions options)
    {
        (_descriptor, _options) = (descriptor, options);
        _readiness = new Readiness(reactor, descriptor);
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            ThrowIfNotReadable();
            return TryReadCore(out result);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        ValueTask wait;
        lock (_gate)
        {
            ThrowIfNotReadable();
            if (TryReadCore(out ReadResult result))
            {
                _readsInARow = (_readsInARow + 1) % ReadsWithoutWaiting;
                return _readsInARow == 0 ? GiveWayAsync(result) : new ValueTask<ReadResult>(result);
            }

            _readsInARow = 0;

            // Begun inside the lock: CancelPendingRead and Complete either are seen above or find the wait.
            wait = _readiness.WaitAsync(EpollEvents.Readable, cancellationToken);
            _reading = true;
        }

        return ReadWhenReadyAsync(wait, cancellationToken);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            long consumedCount = Offset(consumed);
            long examinedCount = Offset(examined);
            if (consumedCount > examinedCount || consumedCount < 0 || examinedCount > _buffer.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(consumed), "The position is outside what was read.");
            }

            _handedOut = false;
            _examined = examinedCount - consumedCount;
            _buffer.Consume(consumedCount);
        }
    }

    public override void CancelPendingRead()
    {
        lock (_gate)
        {
            _cancelRequested = true;
            _readiness.Wake();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            _readiness.Close();
            _readiness.Wake();
            _buffer.Clear(reuse: !_handedOut);
        }

        if (!_options.LeaveOpen)
        {
            _descriptor.Dispose();
        }
    }

    /// <summary>Goes on behind whatever is queued for the threads of the pool.</summary>
    private static async ValueTask<ReadResult> GiveWayAsync(ReadResult result)
    {
        // Task.Yield would ask for the caller's context, and a local queue is served last in, first out.
        var turn = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.SetResult(), turn, preferLocal: false);
        await turn.Task.ConfigureAwait(false);
        return result;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadWhenReadyAsync(ValueTask wait, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await wait.ConfigureAwait(false);
                lock (_gate)
                {
                    if (_completed)
                    {
                        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: true, isCompleted: true);
                    }

                    if (TryReadCore(out ReadResult result))
                    {
                        return result;
                    }

                    wait = _readiness.WaitAsync(EpollEvents.Readable, cancellationToken);
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _reading = false;
            }
        }
    }

    private bool TryReadCore(out ReadResult result)
    {
        bool cancelled = _cancelRequested;
        _cancelRequested = false;
        if (!cancelled && !_endOfFile && _buffer.Length <= _examined)
        {
            Fill();
        }

        if (!cancelled && !_endOfFile && _buffer.Length <= _examined)
        {
            result = default;
            return false;
        }

        _handedOut = true;
        result = new ReadResult(_buffer.Sequence, cancelled, _endOfFile);
        return true;
    }

    /// <summary>Reads until there is no more, the end, or the threshold.</summary>
    private void Fill()
    {
        int budget = _options.PauseThreshold;
        try
        {
            while (budget > 0)
            {
                Memory<byte> space = _buffer.GetSpace(MinimumSpace, _readSize);
                space = space[..Math.Min(space.Length, budget)];
                int count = Read(space.Span);
                if (count <= 0)
                {
                    _endOfFile = count == 0;
                    _readSize = SmallRead;
                    return;
                }

                _buffer.Commit(count);
                budget -= count;
                if (count < space.Length)
                {
                    // Pipes, sockets and terminals return less than asked only when they have no more: saves the read that says EAGAIN.
                    return;
                }

                _readSize = LargeRead;
            }
        }
        finally
        {
            if (_buffer.IsEmpty)
            {
                _buffer.Clear(reuse: true);
            }
        }
    }

    /// <summary>read(2): the number of bytes, 0 at the end, -1 when there is nothing now.</summary>
    private unsafe int Read(Span<byte> target)
    {
        while (true)
        {
            nint count;
            fixed (byte* pointer = target)
            {
                count = LibC.read(_descriptor, pointer, (nuint)target.Length);
            }

            if (count >= 0)
            {
                return (int)count;
            }

            LinuxException error = LinuxException.FromLastError("read");
            switch (error.Errno)
            {
                case Errno.EAGAIN:
                    return -1;
                case Errno.EINTR:
                    continue;
                case Errno.EIO when PseudoTerminal.IsMaster(_descriptor):
                    // The last descriptor of the other side was closed, pty(7).
                    return 0;
                default:
                    throw error;
            }
        }
    }

    /// <summary>How far a position is behind the first buffered byte.</summary>
    private long Offset(SequencePosition position)
        => position.GetObject() is BufferSegment segment ? segment.RunningIndex + position.GetInteger() - _buffer.StartIndex : 0;

    private void ThrowIfNotReadable()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The reader was completed.");
        }

        if (_reading)
        {
            throw new InvalidOperationException("Another read is pending.");
        }
    }
}
