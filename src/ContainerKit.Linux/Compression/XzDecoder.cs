using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Compression;

/// <summary>xz by liblzma.</summary>
internal sealed unsafe class XzDecoder : StreamDecoder
{
    /// <summary>Four times what xz -9 needs; an archive that asks for more asks for the machine's memory.</summary>
    private const ulong MaxMemory = 256 << 20;

    private LibLzma.LzmaStream* _stream;
    private bool _isComplete;

    internal XzDecoder()
    {
        // Not in a field of the object: the library keeps pointers to it.
        _stream = (LibLzma.LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LibLzma.LzmaStream));
        try
        {
            if (LibLzma.lzma_stream_decoder(_stream, MaxMemory, LibLzma.Concatenated) != LibLzma.Ok)
            {
                throw new InsufficientMemoryException("liblzma could not be initialised.");
            }
        }
        catch (Exception e)
        {
            NativeMemory.Free(_stream);
            _stream = null;
            if (e is DllNotFoundException)
            {
                throw new MissingLibraryException(LibLzma.Library, "liblzma5", e);
            }
            throw;
        }
    }

    internal override bool IsComplete => _isComplete;

    internal override (int Consumed, int Written) Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isEnd)
    {
        if (_isComplete)
        {
            return (input.Length, 0);
        }
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            _stream->NextIn = from;
            _stream->AvailableIn = (nuint)input.Length;
            _stream->NextOut = to;
            _stream->AvailableOut = (nuint)output.Length;
            int result = LibLzma.lzma_code(_stream, isEnd ? LibLzma.Finish : LibLzma.Run);
            (int, int) done = (input.Length - (int)_stream->AvailableIn, output.Length - (int)_stream->AvailableOut);
            _isComplete = result == LibLzma.StreamEnd;
            return result switch
            {
                LibLzma.Ok or LibLzma.StreamEnd => done,
                LibLzma.BufferError => done, // nothing to do for want of input; at the end that means that it is cut off
                LibLzma.MemoryLimit => throw new InvalidDataException($"Decompressing the xz data needs more than {MaxMemory >> 20} MiB of memory."),
                _ => throw new InvalidDataException($"The xz data is damaged (lzma_ret {result})."),
            };
        }
    }

    public override void Dispose()
    {
        if (_stream is not null)
        {
            LibLzma.lzma_end(_stream);
            NativeMemory.Free(_stream);
            _stream = null;
        }
    }
}
