namespace ContainerKit.Linux.Interop;

/// <summary>
/// What the project declares of libc, under libc's own names, one partial file per area of the manual. Calls are thin: they return what
/// libc returns, errno is read by the caller at once (<see cref="LinuxException.FromLastError"/>).
/// </summary>
/// <remarks>
/// EINTR: .NET installs its signal handlers with SA_RESTART, so only calls that are never restarted (epoll_wait, poll, signal(7))
/// need a retry, and they have it in the one place that calls them.
/// </remarks>
internal static partial class LibC
{
    /// <summary>.NET maps this name to libc.so.6 (glibc) or to musl's libc.</summary>
    private const string Library = "libc";

    internal const int AtFdCwd = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const int AtRemoveDir = 0x200;
    internal const int AtRecursive = 0x8000;
    internal const int AtEmptyPath = 0x1000;
}
