using System.Runtime.InteropServices;

namespace ContainerKit.Linux;

/// <summary>A system call that failed. Its message reads like <c>mount overlay on /…/rootfs: ENOSPC</c>.</summary>
/// <remarks>See errno(3) for what each <see cref="Errno"/> means, and section 2 of the manual for the call.</remarks>
public sealed class LinuxException : IOException
{
    /// <summary>Creates an exception for <paramref name="syscall"/> that failed with <paramref name="errno"/>.</summary>
    /// <param name="syscall">The system call's name, with its decisive arguments where that helps (<c>mount overlay</c>).</param>
    /// <param name="errno">The error that the kernel returned.</param>
    /// <param name="path">The path that the call was about, or null.</param>
    public LinuxException(string syscall, Errno errno, string? path = null)
        : base(Describe(syscall, errno, path))
    {
        Syscall = syscall;
        Errno = errno;
        Path = path;
    }

    /// <summary>The error that the kernel returned.</summary>
    public Errno Errno { get; }

    /// <summary>The system call's name.</summary>
    public string Syscall { get; }

    /// <summary>The path that the call was about, or null.</summary>
    public string? Path { get; }

    /// <summary>The exception for the last P/Invoke on this thread; read it at once, before any other call.</summary>
    internal static LinuxException FromLastError(string syscall, string? path = null)
        => new(syscall, (Errno)Marshal.GetLastPInvokeError(), path);

    /// <summary>Returns <paramref name="result"/>, or throws for a negative one.</summary>
    internal static int ThrowIfFailed(int result, string syscall, string? path = null)
        => result >= 0 ? result : throw FromLastError(syscall, path);

    /// <summary>Returns <paramref name="result"/>, or throws for a negative one.</summary>
    internal static long ThrowIfFailed(long result, string syscall, string? path = null)
        => result >= 0 ? result : throw FromLastError(syscall, path);

    private static string Describe(string syscall, Errno errno, string? path)
    {
        string name = Enum.IsDefined(errno) ? errno.ToString() : $"errno {(int)errno}";
        string reason = Marshal.GetPInvokeErrorMessage((int)errno);
        return path is null ? $"{syscall}: {name} ({reason})" : $"{syscall} on {path}: {name} ({reason})";
    }
}
