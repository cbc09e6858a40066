using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>What is needed of liblzma (lzma/base.h, lzma/container.h); loaded at the first call.</summary>
internal static unsafe partial class LibLzma
{
    internal const string Library = "liblzma.so.5";

    internal const int Ok = 0;
    internal const int StreamEnd = 1;
    internal const int MemoryLimit = 6;
    internal const int BufferError = 10;

    internal const int Run = 0;
    internal const int Finish = 3;

    internal const uint Concatenated = 0x08;

    [LibraryImport(Library)]
    internal static partial int lzma_stream_decoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    internal static partial int lzma_code(LzmaStream* stream, int action);

    [LibraryImport(Library)]
    internal static partial void lzma_end(LzmaStream* stream);

    /// <summary>lzma_stream; all zero at first.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 136)]
    internal struct LzmaStream
    {
        internal byte* NextIn;
        internal nuint AvailableIn;
        internal ulong TotalIn;
        internal byte* NextOut;
        internal nuint AvailableOut;
        internal ulong TotalOut;
    }
}
