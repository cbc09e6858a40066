using System.Diagnostics.CodeAnalysis;
using ICSharpCode.SharpZipLib.BZip2;

namespace ContainerKit.Storage.Unpacking;

/// <summary>Reads bzip2 data by SharpZipLib; several streams in a row (pbzip2) are one. Blocking; the source stays open.</summary>
internal sealed class Bzip2Stream(Stream source) : ForwardReadStream
{
    private readonly BufferedSource _source = new(source);
    private BZip2InputStream? _current;
    private bool _isEnd;

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            while (count > 0 && !_isEnd)
            {
                _current ??= new BZip2InputStream(_source) { IsStreamOwner = false };
                int read = _current.Read(buffer, offset, count);
                if (read > 0)
                {
                    return read;
                }
                _current.Dispose();
                _current = null;
                _isEnd = _source.IsAtEnd();
            }
            return 0;
        }
        catch (Exception e) when (e is BZip2Exception or IndexOutOfRangeException or EndOfStreamException)
        {
            // The decoder trusts its input in places.
            throw new InvalidDataException($"The bzip2 data is damaged: {e.Message}", e);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        byte[] piece = new byte[Math.Min(buffer.Length, 1 << 16)];
        int read = Read(piece, 0, piece.Length);
        piece.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current?.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>The decoder reads byte by byte, and stops right behind its data.</summary>
    private sealed class BufferedSource(Stream source) : ForwardReadStream
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _start;
        private int _end;

        public bool IsAtEnd() => _start == _end && !Fill();

        public override int ReadByte() => _start < _end || Fill() ? _buffer[_start++] : -1;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_start == _end && !Fill())
            {
                return 0;
            }
            int length = Math.Min(count, _end - _start);
            _buffer.AsSpan(_start, length).CopyTo(buffer.AsSpan(offset));
            _start += length;
            return length;
        }

        [SuppressMessage("Reliability", "CA2012", Justification = "Turned into a task, whose result is waited for once.")]
        private bool Fill()
        {
            // Servers forbid synchronous reads of a request's body.
            _end = source.ReadAsync(_buffer, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            _start = 0;
            return _end > 0;
        }
    }
}
