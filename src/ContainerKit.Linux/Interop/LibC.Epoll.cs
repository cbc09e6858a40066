using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Readiness: epoll(7), eventfd(2).</summary>
/// <remarks>
/// struct epoll_event is packed on x86-64 and naturally aligned elsewhere; an AnyCPU assembly can't say that in a struct, so events are
/// raw bytes with the offsets that <see cref="Io.EpollEventLayout"/> knows.
/// </remarks>
internal static partial class LibC
{
    internal const int EpollCloExec = OCloExec;
    internal const int EpollCtlAdd = 1;
    internal const int EpollCtlDel = 2;
    internal const int EpollCtlMod = 3;

    internal const int EfdCloExec = OCloExec;
    internal const int EfdNonBlock = ONonBlock;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int epoll_ctl(FileDescriptor epoll, int operation, int descriptor, byte* epollEvent);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int epoll_wait(FileDescriptor epoll, byte* events, int maxEvents, int timeout);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint initialValue, int flags);
}
