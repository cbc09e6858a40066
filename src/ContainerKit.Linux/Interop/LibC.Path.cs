using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>Files by directory descriptor and name: open, make, link, rename, remove, attributes.</summary>
/// <remarks>
/// What glibc before 2.33 or musl does not export as a function (mknodat, getdents64, renameat2, openat2, fchmodat2) goes through syscall(2).
/// </remarks>
internal static unsafe partial class LibC
{
    internal const int OReadOnly = 0;
    internal const int OWriteOnly = 1;
    internal const int OReadWrite = 2;
    internal const int OCreate = 0x40;
    internal const int OExclusive = 0x80;
    internal const int ONoCTty = 0x100;
    internal const int OCloseOnExec = 0x80000;
    internal const int OPath = 0x200000;

    // The only open flags that differ between the two architectures: x86-64 has its own values, arm64 those of 32-bit ARM.
    internal static readonly int ODirectory = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    internal static readonly int ONoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    private const int SysOpenAt2 = 437;
    private const int SysFChModAt2 = 452;
    private static readonly nint SysGetDents64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 61 : 217;
    private static readonly nint SysMkNodAt = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 33 : 259;
    private static readonly nint SysRenameAt2 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 276 : 316;

    /// <summary>openat2(2), Linux 5.6.</summary>
    internal static int openat2(SafeHandle directory, byte* path, OpenHow* how)
        => (int)syscall_openat2(SysOpenAt2, directory, path, how, (nuint)sizeof(OpenHow));

    /// <summary>fchmodat2(2), Linux 6.6: the first form that does not follow a link.</summary>
    internal static int fchmodat2(SafeHandle directory, byte* path, uint mode, int flags)
        => (int)syscall_fchmodat2(SysFChModAt2, directory, path, mode, flags);

    /// <summary>getdents64(2).</summary>
    internal static int getdents64(SafeHandle directory, byte* buffer, nuint length)
        => (int)syscall_getdents64(SysGetDents64, directory, buffer, length);

    /// <summary>mknodat(2); <paramref name="device"/> in the kernel's own 32-bit encoding.</summary>
    internal static int mknodat(SafeHandle directory, byte* path, uint mode, uint device)
        => (int)syscall_mknodat(SysMkNodAt, directory, path, mode, device);

    /// <summary>renameat2(2).</summary>
    internal static int renameat2(SafeHandle oldDirectory, byte* oldPath, SafeHandle newDirectory, byte* newPath, uint flags)
        => (int)syscall_renameat2(SysRenameAt2, oldDirectory, oldPath, newDirectory, newPath, flags);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open_path(string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mkdirat(SafeHandle directory, byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int symlinkat(byte* target, SafeHandle directory, byte* path);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int linkat(SafeHandle oldDirectory, byte* oldPath, SafeHandle newDirectory, byte* newPath, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unlinkat(SafeHandle directory, byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readlinkat(SafeHandle directory, byte* path, byte* buffer, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(SafeHandle directory, byte* path, int flags, uint mask, StatX* status);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchownat(SafeHandle directory, byte* path, uint owner, uint group, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int chmod(byte* path, uint mode);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    internal static partial int utimensat(SafeHandle directory, byte* path, FileTime* times, int flags);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    internal static partial int utimensat_path(int directory, byte* path, FileTime* times, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int flock(SafeHandle file, int operation);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial long lseek(SafeHandle file, long offset, int whence);

    /// <remarks>struct statfs begins with its type, a long on both architectures.</remarks>
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fstatfs(SafeHandle file, void* status);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsync(SafeHandle file);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int syncfs(SafeHandle file);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_openat2(nint number, SafeHandle directory, byte* path, OpenHow* how, nuint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_fchmodat2(nint number, SafeHandle directory, byte* path, uint mode, int flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_getdents64(nint number, SafeHandle directory, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_mknodat(nint number, SafeHandle directory, byte* path, uint mode, uint device);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_renameat2(nint number, SafeHandle oldDirectory, byte* oldPath, SafeHandle newDirectory, byte* newPath, uint flags);
}
