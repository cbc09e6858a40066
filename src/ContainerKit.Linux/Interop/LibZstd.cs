using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>What is needed of libzstd (zstd.h, the stable part); loaded at the first call.</summary>
internal static unsafe partial class LibZstd
{
    internal const string Library = "libzstd.so.1";

    internal const int CompressionLevel = 100;
    internal const int Continue = 0;
    internal const int End = 2;

    [LibraryImport(Library)]
    internal static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_decompressStream(nint context, Buffer* output, Buffer* input);

    [LibraryImport(Library)]
    internal static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_CCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compressStream2(nint context, Buffer* output, Buffer* input, int operation);

    [LibraryImport(Library)]
    internal static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    internal static partial byte* ZSTD_getErrorName(nuint code);

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        internal void* Start;
        internal nuint Size;
        internal nuint Position;
    }
}
