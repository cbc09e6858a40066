using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Launching;

/// <summary>Puts a program's ELF image into a sealed memfd, memfd_create(2): a file that no process can change any more (CVE-2019-5736).</summary>
internal static class LaunchExecutable
{
    /// <summary>Kernels before 6.3 don't know MFD_EXEC; asked for once.</summary>
    private static bool s_hasExecFlag = true;

    internal static SafeFileHandle Create(LaunchProgram program)
    {
        SafeFileHandle file = CreateFile();
        try
        {
            foreach (LaunchImage.Segment segment in LaunchImage.Assemble(program))
            {
                RandomAccess.Write(file, segment.Content.Span, segment.Offset);
            }

            LinuxException.ThrowIfFailed(LibC.fcntl_seals(file, LibC.FAddSeals, LibC.FSealAll), "fcntl F_ADD_SEALS");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafeFileHandle CreateFile()
    {
        const uint Flags = LibC.MfdCloexec | LibC.MfdAllowSealing;
        bool asks = Volatile.Read(ref s_hasExecFlag); // another thread may find out meanwhile that there is no such flag
        int descriptor = LibC.memfd_create("containerkit-launch", Flags | (asks ? LibC.MfdExec : 0));
        if (descriptor < 0 && asks)
        {
            LinuxException failure = LinuxException.FromLastError("memfd_create");
            if (failure.Errno != Errno.EINVAL)
            {
                throw failure.Errno == Errno.EACCES
                    ? new LinuxException("memfd_create MFD_EXEC (forbidden by sysctl vm.memfd_noexec=2; set it to 0 or 1)", failure.Errno)
                    : failure;
            }

            Volatile.Write(ref s_hasExecFlag, false);
            descriptor = LibC.memfd_create("containerkit-launch", Flags);
        }

        LinuxException.ThrowIfFailed(descriptor, "memfd_create");
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
