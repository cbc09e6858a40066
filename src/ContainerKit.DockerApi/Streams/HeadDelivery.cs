using System.Diagnostics;
using System.Net.Sockets;
using ContainerKit.Linux;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Sends the head of an answer, and waits until the client has read it.</summary>
internal static class HeadDelivery
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Past the pipe of the transport, which does not tell when it has sent what it was given: an empty queue would say nothing. A client waits for an answer
    /// before its next request, so nothing is left in the pipe.
    /// </summary>
    /// <param name="socket">A connection of UNIX sockets.</param>
    /// <param name="head">The head.</param>
    /// <param name="readTime">What the client gets to read it. The stream begins then all the same.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> head, TimeSpan readTime, CancellationToken cancellationToken)
    {
        try
        {
            while (head.Length > 0)
                head = head[await socket.SendAsync(head, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
            long start = Stopwatch.GetTimestamp();
            while (!IsRead(socket) && Stopwatch.GetElapsedTime(start) < readTime)
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);

            // The kernel frees what was read before it looks for more: the read that took the head has to be over.
            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client is gone, which the transport finds as well.
        }
    }

    private static bool IsRead(Socket socket)
    {
        try
        {
            return UnixSocketQueue.IsEmpty(socket);
        }
        catch (LinuxException)
        {
            // The kernel may not be asked (seccomp): the client gets all of its time.
            return false;
        }
    }
}
