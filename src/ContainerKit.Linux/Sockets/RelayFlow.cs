using System.Buffers;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Sockets;

/// <summary>One direction of a connection that is relayed. Everything here runs on the relay's thread.</summary>
/// <remarks>
/// Watches are edge-triggered, so readiness is remembered: it ends with EAGAIN, and for TCP also with a read that gets less than it asked for,
/// epoll(7), which saves the read that would say EAGAIN. Not where something is in the stream that isn't data: a read also stops before urgent data,
/// and an end makes no further event.
/// </remarks>
internal sealed unsafe class RelayFlow(RelayConnection connection, FileDescriptor from, FileDescriptor to, bool isTcp)
{
    /// <summary>A stream that never makes anybody wait must not keep the thread from others: about a millisecond.</summary>
    private const int RoundsOfOneTurn = 8;

    /// <summary>From here on moving pages costs less than copying.</summary>
    private const int BulkRead = 32 << 10;

    private const int SmallSplice = 8 << 10;
    private const int SmallSplicesOfNoBulk = 8;

    private byte[]? _rest;
    private int _restStart;
    private int _restEnd;
    private PipeEnds? _pipe;
    private long _inPipe;
    private int _smallSplices;
    private bool _canRead;
    private bool _canWrite;
    private bool _readsOn = !isTcp;
    private bool _canSplice = isTcp;
    private bool _isBulk;
    private bool _isAtEnd;

    internal RelayConnection Connection => connection;

    /// <summary>Waits for another turn in the thread's queue.</summary>
    internal bool IsQueued { get; set; }

    internal bool IsEnded { get; private set; }

    /// <summary>Why the last turn ended with <see cref="RelayOutcome.Broken"/>.</summary>
    internal Errno Error { get; private set; }

    /// <summary>Bytes were read that the other side has no room for yet.</summary>
    internal bool HasRest => _inPipe > 0 || _rest is not null;

    /// <summary>The source has something.</summary>
    /// <param name="readsOn">Maybe something else than data.</param>
    internal void SetReadable(bool readsOn)
    {
        _canRead = true;
        _readsOn |= readsOn;
    }

    /// <summary>The target has room.</summary>
    internal void SetWritable() => _canWrite = true;

    /// <summary>Moves what there is, as far as there is room.</summary>
    internal RelayOutcome Move(RelayLoop loop)
    {
        for (int round = 0; round < RoundsOfOneTurn && !IsEnded; round++)
        {
            if (HasRest && !Deliver(loop))
            {
                return Error == Errno.None ? RelayOutcome.Waiting : RelayOutcome.Broken;
            }

            if (_isAtEnd)
            {
                Release(loop);
                IsEnded = true;
                return LibC.shutdown(to, LibC.ShutWr) == 0 ? RelayOutcome.Ended : Break();
            }

            if (!_canRead)
            {
                Release(loop);
                return RelayOutcome.Waiting;
            }

            if (!Fetch(loop))
            {
                return RelayOutcome.Broken;
            }
        }

        return IsEnded ? RelayOutcome.Ended : RelayOutcome.HasMore;
    }

    /// <summary>Lets go of buffer and pipe, and of what is in them.</summary>
    internal void Release(RelayLoop loop)
    {
        if (_pipe is not null)
        {
            loop.Pipes.Return(_pipe, _inPipe == 0);
            (_pipe, _inPipe) = (null, 0);
        }

        if (_rest is not null)
        {
            ArrayPool<byte>.Shared.Return(_rest);
            _rest = null;
        }
    }

    private bool Fetch(RelayLoop loop)
    {
        if (_isBulk)
        {
            _pipe ??= loop.Pipes.TryTake();
        }

        return _isBulk && _pipe is not null ? FetchPages(_pipe) : FetchBytes(loop);
    }

    private bool FetchPages(PipeEnds pipe)
    {
        nint count = LibC.splice(from, null, pipe.Write, null, RelayPipes.PipeSize, LibC.SpliceMove | LibC.SpliceNonBlock);
        if (count < 0)
        {
            Errno error = (Errno)Marshal.GetLastPInvokeError();
            if (error != Errno.EINVAL)
            {
                return EndsReading(error);
            }

            // A protocol that has no pages to give.
            (_canSplice, _isBulk) = (false, false);
            return true;
        }

        _isAtEnd = count == 0;
        _inPipe = count;
        _smallSplices = count < SmallSplice ? _smallSplices + 1 : 0;
        if (_smallSplices >= SmallSplicesOfNoBulk)
        {
            (_isBulk, _smallSplices) = (false, 0);
        }

        return true;
    }

    private bool FetchBytes(RelayLoop loop)
    {
        Span<byte> buffer = loop.Buffer;
        nint count;
        fixed (byte* start = buffer)
        {
            count = LibC.recv(from, start, (nuint)buffer.Length, 0);
        }

        if (count < 0)
        {
            return EndsReading((Errno)Marshal.GetLastPInvokeError());
        }

        _isAtEnd = count == 0;
        _canRead = count == buffer.Length || _readsOn;
        _isBulk = count >= BulkRead && _canSplice;
        buffer = buffer[..(int)count];
        while (buffer.Length > 0 && _canWrite)
        {
            if (!Send(buffer, out int sent))
            {
                return false;
            }

            buffer = buffer[sent..];
        }

        if (buffer.Length > 0)
        {
            _rest = ArrayPool<byte>.Shared.Rent(buffer.Length);
            buffer.CopyTo(_rest);
            (_restStart, _restEnd) = (0, buffer.Length);
        }

        return true;
    }

    /// <summary>False when there is no room for all of it, or a connection broke.</summary>
    private bool Deliver(RelayLoop loop)
    {
        while (_inPipe > 0 && _canWrite)
        {
            nint count = LibC.splice(_pipe!.Read, null, to, null, (nuint)_inPipe, LibC.SpliceMove | LibC.SpliceNonBlock);
            if (count <= 0 && !EndsWriting(count == 0 ? Errno.EPIPE : (Errno)Marshal.GetLastPInvokeError()))
            {
                return false;
            }

            _inPipe -= Math.Max(0, count);
        }

        while (_rest is not null && _canWrite)
        {
            if (!Send(_rest.AsSpan(_restStart, _restEnd - _restStart), out int sent))
            {
                return false;
            }

            _restStart += sent;
            if (_restStart == _restEnd)
            {
                ArrayPool<byte>.Shared.Return(_rest);
                _rest = null;
            }
        }

        if (!_isBulk && _pipe is not null && _inPipe == 0)
        {
            Release(loop);
        }

        return !HasRest;
    }

    private bool Send(ReadOnlySpan<byte> bytes, out int sent)
    {
        nint count;
        fixed (byte* start = bytes)
        {
            count = LibC.send(to, start, (nuint)bytes.Length, LibC.MsgNoSignal);
        }

        sent = (int)Math.Max(0, count);
        return count >= 0 || EndsWriting((Errno)Marshal.GetLastPInvokeError());
    }

    private bool EndsReading(Errno error)
    {
        if (error is Errno.EAGAIN or Errno.EINTR)
        {
            _canRead = error == Errno.EINTR;
            return true;
        }

        Error = error;
        return false;
    }

    private bool EndsWriting(Errno error)
    {
        if (error is Errno.EAGAIN or Errno.EINTR)
        {
            _canWrite = error == Errno.EINTR;
            return true;
        }

        Error = error;
        return false;
    }

    private RelayOutcome Break()
    {
        Error = (Errno)Marshal.GetLastPInvokeError();
        return RelayOutcome.Broken;
    }
}
