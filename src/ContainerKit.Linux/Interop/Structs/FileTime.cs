using System.Runtime.InteropServices;

namespace ContainerKit.Linux.Interop;

/// <summary>struct timespec on 64-bit platforms, as utimensat(2) takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileTime
{
    internal long Seconds;
    internal long Nanoseconds;
}
