using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Interop;

/// <summary>Processes by descriptor: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2), waitid(2).</summary>
/// <remarks>
/// The pidfd calls have no wrapper before glibc 2.36, so they go through syscall(2). Their numbers are the same on x86-64 and arm64:
/// system calls since Linux 5.1 are numbered alike everywhere.
/// </remarks>
internal static partial class LibC
{
    internal const int PPidFd = 3;

    internal const int WNoHang = 1;
    internal const int WExited = 4;
    internal const int WAll = 0x40000000;

    internal const int CldExited = 1;
    internal const int CldKilled = 2;
    internal const int CldDumped = 3;

    private const int SysPidFdSendSignal = 424;
    private const int SysPidFdOpen = 434;
    private const int SysPidFdGetFd = 438;

    internal static int pidfd_open(int pid, uint flags) => (int)syscall_pidfd_open(SysPidFdOpen, pid, (nint)flags);

    internal static int pidfd_send_signal(PidFd process, int signal)
        => (int)syscall_pidfd_send_signal(SysPidFdSendSignal, process, signal, 0, 0);

    internal static int pidfd_getfd(PidFd process, int descriptor) => (int)syscall_pidfd_getfd(SysPidFdGetFd, process, descriptor, 0);

    [LibraryImport(Library, SetLastError = true)]
    internal static unsafe partial int waitid(int idType, int id, SigInfo* info, int options);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_pidfd_open(nint number, nint pid, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_pidfd_send_signal(nint number, PidFd process, nint signal, nint info, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall_pidfd_getfd(nint number, PidFd process, nint descriptor, nint flags);

    /// <summary>siginfo_t with the fields that waitid(2) sets.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct SigInfo
    {
        [FieldOffset(8)]
        internal int Code;

        [FieldOffset(16)]
        internal int Pid;

        [FieldOffset(24)]
        internal int Status;
    }
}
