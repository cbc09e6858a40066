using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Descriptors and files: pipe(2), read(2), write(2), fcntl(2), statx(2).</summary>
internal static partial class LibC
{
    internal const int ORdOnly = 0;
    internal const int ORdWr = 2;
    internal const int OCreat = 0x40;
    internal const int ONoCtty = 0x100;
    internal const int ONonBlock = 0x800;
    internal const int OCloExec = 0x80000;

    internal const int FGetFl = 3;
    internal const int FSetFl = 4;
    internal const int FDupFdCloExec = 1030;

    internal const int LockSh = 1;
    internal const int LockEx = 2;
    internal const int LockNb = 4;
    internal const int LockUn = 8;

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int pipe2(int* descriptors, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint read(FileDescriptor descriptor, byte* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial nint write(FileDescriptor descriptor, byte* buffer, nuint count);

    /// <remarks>Never repeated on EINTR: Linux has released the number by then, and another thread may own it, close(2).</remarks>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(FileDescriptor descriptor, int command, nint argument);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, uint mode);

    /// <summary>statx(2) relative to a directory by number, which AT_FDCWD is.</summary>
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int statx_path(int directory, string path, int flags, uint mask, StatX* result);
}
