using System.Net.Sockets;

namespace ContainerKit.Linux.Sockets;

/// <summary>Makes two connections one: what comes from each side goes to the other, with its end and its failures.</summary>
/// <remarks>
/// <para>A few threads (half as many as there are processors, four at most) do it for all connections of the process, from the event to the last
/// system call; none belongs to a connection. Small messages go through a buffer that all connections of a thread share, long streams from
/// socket to socket inside of the kernel, splice(2). While nothing comes, a connection has neither buffer nor pipe.</para>
/// <para>A side that does not read stops the other: at most one buffer or pipe (1 MiB) of a direction waits here.</para>
/// </remarks>
public static class SocketRelay
{
    /// <summary>Relays until both directions have ended. Each end is passed on by itself, so a side that has ended still gets its answer.</summary>
    /// <param name="first">A connected stream socket. Becomes non-blocking; nobody else may read from it, write to it or dispose it meanwhile.</param>
    /// <param name="second">Another one, of which the same is true.</param>
    /// <param name="cancellationToken">Gives up; what was on its way is lost.</param>
    /// <returns>A task. However it ends, both sockets are open still, and free to be disposed.</returns>
    /// <exception cref="LinuxException">A connection broke (ECONNRESET, EPIPE and others); or the user has too many watches (ENOSPC).</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">A socket was disposed before.</exception>
    public static async Task RunAsync(Socket first, Socket second, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        cancellationToken.ThrowIfCancellationRequested();
        RelayConnection connection = RelayConnection.Create(RelayLoop.Next(), first.SafeHandle, second.SafeHandle);
        connection.Start();
        await using (cancellationToken.UnsafeRegister(static state => ((RelayConnection)state!).Stop(), connection).ConfigureAwait(false))
        {
            // Not abandoned at cancellation: the sockets are in use until the thread has let go of them.
            await connection.Ended.ConfigureAwait(false);
        }
    }
}
