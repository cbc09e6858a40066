using System.Net.Sockets;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Two connections that are made one: what comes from each side goes to the other, with its end and its failures.</summary>
internal sealed class StreamPair(Socket first, Socket second)
{
    /// <summary>Closes a connection so that the other side sees that it was cut off.</summary>
    internal static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    /// <summary>Pumps until both directions have ended; both sockets are reset when that does not go well.</summary>
    internal async Task PumpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SocketRelay.RunAsync(first, second, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Reset(first);
            Reset(second);
            throw;
        }
    }
}
