using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Terminals: termios(3), ioctl_tty(2), pty(7).</summary>
internal static partial class LibC
{
    internal const int TcsaNow = 0;
    internal const int TcsaDrain = 1;

    internal const uint TiocGWinSz = 0x5413;
    internal const uint TiocSWinSz = 0x5414;
    internal const uint TiocGPtn = 0x80045430;

    /// <summary>More than sizeof(struct termios) of any libc (60 in glibc and musl): the content is opaque to us.</summary>
    internal const int TermiosSize = 128;

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int tcgetattr(FileDescriptor terminal, byte* termios);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int tcsetattr(FileDescriptor terminal, int actions, byte* termios);

    [LibraryImport(Library)]
    internal static unsafe partial void cfmakeraw(byte* termios);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int ioctl_winsize(FileDescriptor terminal, nuint request, WinSize* size);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int ioctl_uint(FileDescriptor descriptor, nuint request, uint* value);

    /// <summary>struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct WinSize
    {
        internal ushort Rows;
        internal ushort Columns;
        internal ushort PixelWidth;
        internal ushort PixelHeight;
    }
}
