namespace ContainerKit.Linux.Interop;

/// <summary>A way into the kernel's system calls. A 64-bit kernel also answers the calls of its compat architectures.</summary>
internal enum SyscallArchitecture
{
    /// <summary>x86-64.</summary>
    X64,

    /// <summary>arm64.</summary>
    Arm64,

    /// <summary>i386, also as a compat architecture of x86-64.</summary>
    X86,

    /// <summary>x32: x86-64's entry with 32-bit pointers. It has x86-64's audit token, and a bit in the call's number tells it apart.</summary>
    X32,

    /// <summary>32-bit arm (EABI), also as a compat architecture of arm64.</summary>
    Arm,
}
