using System.Net.Sockets;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Sockets;

/// <summary>What was written to a UNIX socket and not read yet, unix(7).</summary>
public static class UnixSocketQueue
{
    /// <summary>Whether the peer has read everything that was written so far, or has closed its end: SIOCOUTQ counts no more memory.</summary>
    /// <remarks>
    /// Only for UNIX sockets: for TCP the same call counts what was not acknowledged, which says nothing about what the peer's program has read.
    /// </remarks>
    /// <param name="socket">This end of a connection of <see cref="AddressFamily.Unix"/>; stays owned by the caller.</param>
    /// <returns>True also when nothing was written yet.</returns>
    /// <exception cref="ArgumentException">The socket is not one of <see cref="AddressFamily.Unix"/>.</exception>
    /// <exception cref="LinuxException">The kernel refuses, as a seccomp filter of this process may (EPERM).</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed.</exception>
    public static unsafe bool IsEmpty(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.AddressFamily != AddressFamily.Unix)
            throw new ArgumentException($"A UNIX socket is expected, not one of {socket.AddressFamily}.", nameof(socket));
        int size;
        LinuxException.ThrowIfFailed(LibC.ioctl_outq(socket.SafeHandle, LibC.SiocOutQ, &size), "ioctl SIOCOUTQ");
        return size == 0;
    }
}
