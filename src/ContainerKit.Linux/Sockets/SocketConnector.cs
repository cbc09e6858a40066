using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;

namespace ContainerKit.Linux.Sockets;

/// <summary>Connects sockets for <see cref="SocketRelay"/>.</summary>
public static class SocketConnector
{
    /// <summary>Connects a stream socket, connect(2).</summary>
    /// <remarks>
    /// <see cref="Socket.ConnectAsync(EndPoint, CancellationToken)"/> leaves a watch in .NET's epoll for as long as the socket is open, and with it a
    /// second thread that wakes up with all that arrives.
    /// </remarks>
    /// <param name="socket">Becomes non-blocking. After a failure it is of no further use.</param>
    /// <param name="target">An address of the socket's family.</param>
    /// <param name="cancellationToken">Gives up; the socket may be connected nevertheless.</param>
    /// <returns>A task.</returns>
    /// <exception cref="SocketException">Nobody listens there, or there is no way.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async ValueTask ConnectAsync(Socket socket, EndPoint target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(target);
        cancellationToken.ThrowIfCancellationRequested();
        bool isHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            using FileDescriptor descriptor = new((int)socket.SafeHandle.DangerousGetHandle(), ownsDescriptor: false);
            descriptor.SetNonBlocking();
            switch (Connect(descriptor, target.Serialize()))
            {
                case Errno.None:
                    return;

                // EINTR: it goes on nevertheless, connect(2).
                case Errno.EINPROGRESS or Errno.EINTR:
                    break;
                case Errno error:
                    throw new SocketException((int)Translate(error));
            }

            Readiness readiness = new(Reactor.Shared, descriptor);
            try
            {
                await readiness.WaitAsync(EpollEvents.Writable, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                readiness.Close();
            }
        }
        finally
        {
            if (isHeld)
            {
                socket.SafeHandle.DangerousRelease();
            }
        }

        if (socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int failure and not 0)
        {
            throw new SocketException(failure);
        }
    }

    private static unsafe Errno Connect(FileDescriptor socket, SocketAddress address)
    {
        fixed (byte* bytes = address.Buffer.Span)
        {
            return LibC.connect(socket, bytes, address.Size) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
    }

    private static SocketError Translate(Errno error) => error switch
    {
        Errno.ECONNREFUSED => SocketError.ConnectionRefused,
        Errno.ENETUNREACH => SocketError.NetworkUnreachable,
        Errno.EHOSTUNREACH => SocketError.HostUnreachable,
        Errno.EADDRNOTAVAIL or Errno.EAGAIN => SocketError.AddressNotAvailable,
        Errno.EAFNOSUPPORT => SocketError.AddressFamilyNotSupported,
        Errno.EACCES or Errno.EPERM => SocketError.AccessDenied,
        Errno.ENOBUFS or Errno.ENOMEM => SocketError.NoBufferSpaceAvailable,
        Errno.ETIMEDOUT => SocketError.TimedOut,
        _ => SocketError.SocketError,
    };
}
