using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>See <see cref="FdPipe.OpenWriter"/>. The producer writes to the descriptor itself; the reactor only wakes it.</summary>
internal sealed class FdPipeWriter : PipeWriter
{
    private const int SegmentSize = 4 * 1024;

    private readonly Lock _gate = new();
    private readonly FileDescriptor _descriptor;
    private readonly Readiness _readiness;
    private readonly FdPipeOptions _options;
    private readonly BufferChain _buffer = new();

    private bool _handedOut;
    private bool _flushing;
    private bool _cancelRequested;
    private bool _peerGone;
    private bool _completed;
    private bool _closed;

    internal FdPipeWriter(Reactor reactor, FileDescriptor descriptor, FdPipeOptions options)
    {
        (_descriptor, _options) = (descriptor, options);
        _readiness = new Readiness(reactor, descriptor);
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes
    {
        get
        {
            lock (_gate)
            {
                return _buffer.Length;
            }
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        lock (_gate)
        {
            ThrowIfCompleted();
            _handedOut = true;
            return _buffer.GetSpace(Math.Max(1, sizeHint), SegmentSize);
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            if (bytes > 0)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _handedOut ? _buffer.Space : 0);
                _buffer.Commit(bytes);
            }

            _handedOut = false;
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        => WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>Writes from the caller's memory where nothing is buffered before it.</summary>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        ValueTask wait;
        lock (_gate)
        {
            ThrowIfCompleted();
            if (_flushing)
            {
                throw new InvalidOperationException("Another flush is pending.");
            }

            if (TryFlushCore(ref source, out FlushResult result))
            {
                return new ValueTask<FlushResult>(result);
            }

            wait = BeginWait(ref source, cancellationToken);
            _flushing = true;
        }

        return FlushWhenReadyAsync(wait, source, cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        lock (_gate)
        {
            _cancelRequested = true;
            _readiness.Wake();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        ValueTask wait;
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            try
            {
                if (exception is not null || _flushing || TryWriteBuffered())
                {
                    Close();
                    return;
                }

                wait = _readiness.WaitAsync(EpollEvents.Writable, CancellationToken.None);
            }
            catch
            {
                Close();
                throw;
            }
        }

        _ = WriteRestAndCloseAsync(wait);
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        try
        {
            if (exception is null && HasBytesToFlush())
            {
                await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            Complete(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> FlushWhenReadyAsync(
        ValueTask wait, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await wait.ConfigureAwait(false);
                lock (_gate)
                {
                    if (_closed)
                    {
                        source = default;
                        return new FlushResult(isCanceled: true, isCompleted: true);
                    }

                    if (TryFlushCore(ref source, out FlushResult result))
                    {
                        return result;
                    }

                    wait = BeginWait(ref source, cancellationToken);
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _flushing = false;
                KeepForNextFlush(ref source);
            }
        }
    }

    /// <summary>True when there is a result; false when the rest has to wait for room.</summary>
    private bool TryFlushCore(ref ReadOnlyMemory<byte> source, out FlushResult result)
    {
        bool cancelled = _cancelRequested;
        _cancelRequested = false;
        bool done = !cancelled && TryWriteBuffered() && TryWrite(ref source);
        if (cancelled)
        {
            KeepForNextFlush(ref source);
        }

        result = new FlushResult(cancelled, _peerGone);
        return done || cancelled;
    }

    private ValueTask BeginWait(ref ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        try
        {
            // Inside the lock: CancelPendingFlush and Complete either were seen or find the wait.
            return _readiness.WaitAsync(EpollEvents.Writable, cancellationToken);
        }
        catch (LinuxException)
        {
            KeepForNextFlush(ref source);
            throw;
        }
    }

    private void KeepForNextFlush(ref ReadOnlyMemory<byte> source)
    {
        if (!source.IsEmpty && !_closed && !_peerGone)
        {
            _buffer.Append(source.Span);
        }

        source = default;
    }

    private bool TryWriteBuffered()
    {
        while (!_buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> first = _buffer.First;
            ReadOnlyMemory<byte> rest = first;
            try
            {
                if (!TryWrite(ref rest))
                {
                    return false;
                }
            }
            finally
            {
                _buffer.Consume(_peerGone ? _buffer.Length : first.Length - rest.Length, keepLast: _handedOut);
            }
        }

        return true;
    }

    /// <summary>write(2) until there is no room; takes what was written off <paramref name="bytes"/>. True when nothing is left.</summary>
    private unsafe bool TryWrite(ref ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty && !_peerGone)
        {
            nint count;
            fixed (byte* pointer = bytes.Span)
            {
                count = LibC.write(_descriptor, pointer, (nuint)bytes.Length);
            }

            if (count >= 0)
            {
                bytes = bytes[(int)count..];
                continue;
            }

            LinuxException error = LinuxException.FromLastError("write");
            switch (error.Errno)
            {
                case Errno.EAGAIN:
                    return false;
                case Errno.EINTR:
                    continue;
                case Errno.EPIPE or Errno.ECONNRESET:
                case Errno.EIO when PseudoTerminal.IsMaster(_descriptor):
                    _peerGone = true;
                    break;
                default:
                    throw error;
            }
        }

        bytes = default;
        return true;
    }

    private async Task WriteRestAndCloseAsync(ValueTask wait)
    {
        bool done = false;
        while (!done)
        {
            await wait.ConfigureAwait(false);
            lock (_gate)
            {
                try
                {
                    done = TryWriteBuffered();
                    wait = done ? default : _readiness.WaitAsync(EpollEvents.Writable, CancellationToken.None);
                }
                catch (LinuxException)
                {
                    // Nobody is left to tell: Complete has returned. CompleteAsync is for callers who want to know.
                    done = true;
                }

                if (done)
                {
                    Close();
                }
            }
        }
    }

    private bool HasBytesToFlush()
    {
        lock (_gate)
        {
            return !_buffer.IsEmpty && !_completed && !_flushing;
        }
    }

    private void Close()
    {
        _closed = true;
        _readiness.Close();
        _readiness.Wake();
        _buffer.Clear(reuse: !_handedOut);
        if (!_options.LeaveOpen)
        {
            _descriptor.Dispose();
        }
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The writer was completed.");
        }
    }
}
