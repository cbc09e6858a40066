using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Compression;

/// <summary>Compresses to Zstandard (RFC 8878) by libzstd, one frame. The target stays open; disposing ends the frame.</summary>
/// <remarks>The same content and level give the same bytes with the same version of libzstd.</remarks>
public sealed unsafe class ZstdCompressionStream : Stream
{
    private const int BufferSize = 128 * 1024;

    private readonly Stream _target;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private nint _context;

    /// <summary>Begins a frame.</summary>
    /// <param name="target">Where it goes; stays owned by the caller.</param>
    /// <param name="level">From 1, fast, to 19, small; libzstd's default is 3.</param>
    /// <exception cref="MissingLibraryException">libzstd.so.1 is not installed.</exception>
    public ZstdCompressionStream(Stream target, int level)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 19);
        _target = target;
        try
        {
            _context = LibZstd.ZSTD_createCCtx();
        }
        catch (DllNotFoundException e)
        {
            throw new MissingLibraryException(LibZstd.Library, "libzstd1", e);
        }
        if (_context == 0)
        {
            throw new InsufficientMemoryException("libzstd could not be initialised.");
        }
        Check(LibZstd.ZSTD_CCtx_setParameter(_context, LibZstd.CompressionLevel, level));
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            (int consumed, int written, _) = Compress(buffer, LibZstd.Continue);
            buffer = buffer[consumed..];
            _target.Write(_buffer, 0, written);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Does nothing: what is not whole yet stays in the compressor.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_context == 0)
        {
            return;
        }
        try
        {
            for (bool isDone = !disposing; !isDone;)
            {
                (_, int written, nuint left) = Compress(default, LibZstd.End);
                _target.Write(_buffer, 0, written);
                isDone = left == 0;
            }
        }
        finally
        {
            _ = LibZstd.ZSTD_freeCCtx(_context);
            _context = 0;
            base.Dispose(disposing);
        }
    }

    private (int Consumed, int Written, nuint Left) Compress(ReadOnlySpan<byte> input, int operation)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        fixed (byte* from = input)
        fixed (byte* to = _buffer)
        {
            var source = new LibZstd.Buffer { Start = from, Size = (nuint)input.Length };
            var target = new LibZstd.Buffer { Start = to, Size = BufferSize };
            nuint left = Check(LibZstd.ZSTD_compressStream2(_context, &target, &source, operation));
            return ((int)source.Position, (int)target.Position, left);
        }
    }

    private static nuint Check(nuint result) => LibZstd.ZSTD_isError(result) == 0
        ? result
        : throw new IOException($"libzstd: {Marshal.PtrToStringUTF8((nint)LibZstd.ZSTD_getErrorName(result))}");
}
