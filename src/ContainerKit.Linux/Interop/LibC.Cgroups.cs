using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

internal static partial class LibC
{
    /// <summary>What cgroups(7) and bpf(2) need. A class of its own: its calls take raw descriptors that live for a few lines.</summary>
    internal static unsafe partial class Cgroups
    {
        internal const int ReadOnly = 0;
        internal const int WriteOnly = 1;
        internal const int Directory = 0x10000;
        internal const int CloseOnExec = 0x80000;
        internal const int WriteAccess = 2;
        internal const int SigKill = 9;

        [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        internal static partial int open(string path, int flags, uint mode);

        [LibraryImport(Library, SetLastError = true)]
        internal static partial nint read(int descriptor, byte* buffer, nuint count);

        [LibraryImport(Library, SetLastError = true)]
        internal static partial nint write(int descriptor, byte* buffer, nuint count);

        [LibraryImport(Library, SetLastError = true)]
        internal static partial int close(int descriptor);

        [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        internal static partial int mkdir(string path, uint mode);

        [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        internal static partial int rmdir(string path);

        [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        internal static partial int access(string path, int mode);

        [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        internal static partial nint getxattr(string path, string name, byte* value, nuint size);

        /// <summary>syscall(2) for bpf(2), pidfd_open(2) and pidfd_send_signal(2), which not every libc wraps.</summary>
        [LibraryImport(Library, SetLastError = true)]
        internal static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);
    }
}
