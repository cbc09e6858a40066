using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Sockets of network namespaces and what moves between sockets: socket(2), setns(2), connect(2), recv(2), send(2), splice(2).</summary>
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

    internal const int SoProtocol = 38;
    internal const int ShutWr = 1;
    internal const int IpProtoTcp = 6;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(FileDescriptor socket, byte* address, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockopt(FileDescriptor socket, int level, int name, int* value, int* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(FileDescriptor socket, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recv(FileDescriptor socket, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint send(FileDescriptor socket, byte* buffer, nuint length, int flags);

    internal const int SpliceMove = 1;
    internal const int SpliceNonBlock = 2;
    internal const int FSetPipeSize = 1031;
    internal const int FGetPipeSize = 1032;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint splice(FileDescriptor from, long* fromOffset, FileDescriptor to, long* toOffset, nuint length, uint flags);
}
