using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Compression;

/// <summary>Zstandard by libzstd. Its default bound on memory holds: windows of at most 128 MiB.</summary>
internal sealed unsafe class ZstdDecoder : StreamDecoder
{
    private nint _context;
    private bool _isBetweenFrames;

    internal ZstdDecoder()
    {
        try
        {
            _context = LibZstd.ZSTD_createDCtx();
        }
        catch (DllNotFoundException e)
        {
            throw new MissingLibraryException(LibZstd.Library, "libzstd1", e);
        }
        if (_context == 0)
        {
            throw new InsufficientMemoryException("libzstd could not be initialised.");
        }
    }

    internal override bool IsComplete => _isBetweenFrames;

    internal override (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isEnd)
    {
        if (input.IsEmpty && _isBetweenFrames)
        {
            return (0, 0);
        }
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new LibZstd.Buffer { Start = from, Size = (nuint)input.Length };
            var target = new LibZstd.Buffer { Start = to, Size = (nuint)output.Length };
            nuint result = LibZstd.ZSTD_decompressStream(_context, &target, &source);
            if (LibZstd.ZSTD_isError(result) != 0)
            {
                throw new InvalidDataException($"The zstd data is damaged: {Marshal.PtrToStringUTF8((nint)LibZstd.ZSTD_getErrorName(result))}.");
            }
            _isBetweenFrames = result == 0;
            return ((int)source.Position, (int)target.Position);
        }
    }

    public override void Dispose()
    {
        if (_context != 0)
        {
            _ = LibZstd.ZSTD_freeDCtx(_context);
            _context = 0;
        }
    }
}
