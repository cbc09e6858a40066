using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Handles;

/// <summary>An open file description, by number; closed on Dispose. Everything that this package opens is close-on-exec.</summary>
/// <remarks>
/// As with any <see cref="System.Runtime.InteropServices.SafeHandle"/>, the number stays open (so that it can't be given to another file)
/// until a call in progress or a registered wait has let go of it.
/// </remarks>
public class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Wraps a descriptor number.</summary>
    /// <param name="number">An open descriptor of this process.</param>
    /// <param name="ownsDescriptor">True: Dispose closes it.</param>
    public FileDescriptor(int number, bool ownsDescriptor)
        : base(ownsDescriptor) => SetHandle(number);

    /// <summary>Standard input of this process: a new object each time, whose Dispose does not close it.</summary>
    public static FileDescriptor StandardInput => new(0, ownsDescriptor: false);

    /// <summary>Standard output of this process: a new object each time, whose Dispose does not close it.</summary>
    public static FileDescriptor StandardOutput => new(1, ownsDescriptor: false);

    /// <summary>Standard error of this process: a new object each time, whose Dispose does not close it.</summary>
    public static FileDescriptor StandardError => new(2, ownsDescriptor: false);

    /// <summary>A second descriptor of the same open file description, close-on-exec; fcntl(2) F_DUPFD_CLOEXEC.</summary>
    /// <returns>A descriptor that the caller owns.</returns>
    /// <exception cref="LinuxException">The process has too many open files (EMFILE).</exception>
    public FileDescriptor Duplicate()
        => new(LinuxException.ThrowIfFailed(LibC.fcntl(this, LibC.FDupFdCloExec, 0), "fcntl F_DUPFD_CLOEXEC"), ownsDescriptor: true);

    /// <summary>Sets O_NONBLOCK on the open file description, for everyone who shares it.</summary>
    internal void SetNonBlocking()
    {
        int flags = LinuxException.ThrowIfFailed(LibC.fcntl(this, LibC.FGetFl, 0), "fcntl F_GETFL");
        if ((flags & LibC.ONonBlock) == 0)
        {
            LinuxException.ThrowIfFailed(LibC.fcntl(this, LibC.FSetFl, flags | LibC.ONonBlock), "fcntl F_SETFL");
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.close((int)handle) == 0;
}
