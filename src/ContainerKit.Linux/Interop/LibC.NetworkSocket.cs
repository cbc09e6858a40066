using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Sockets of network namespaces: socket(2), setns(2), splice(2).</summary>
internal static unsafe partial class LibC
{
    internal const int CloneNewNet = 0x40000000;
    internal const int SockStream = 1;
    internal const int SockDatagram = 2;
    internal const int SockRaw = 3;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setns(FileDescriptor descriptor, int kind);

    internal const int SpliceMove = 1;
    internal const int SpliceNonBlock = 2;
    internal const int FSetPipeSize = 1031;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint splice(FileDescriptor from, long* fromOffset, FileDescriptor to, long* toOffset, nuint length, uint flags);
}
