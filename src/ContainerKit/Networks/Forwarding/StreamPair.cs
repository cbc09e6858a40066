using System.Buffers;
using System.Net.Sockets;
using ContainerKit.Linux;
using ContainerKit.Linux.Sockets;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Two connections that are made one: what comes from each side goes to the other, with its end and its failures.</summary>
/// <remarks>
/// Each direction has at most one buffer, so a side that does not read stops the other. While nothing comes, there is no buffer but for the first few
/// connections: ten thousand idle ones cost their sockets. The first read of a connection is small, those of a stream that fills its buffer get larger, and what goes on
/// and on goes from socket to socket inside of the kernel.
/// </remarks>
internal sealed class StreamPair(Socket first, Socket second)
{
    private const int SmallBuffer = 16 * 1024;
    private const int LargeBuffer = 256 * 1024;

    /// <summary>How many directions keep their small buffer while they wait for the next message, which saves asking first whether there is one: 8 MiB.</summary>
    private const int MaxKeptBuffers = 512;

    private static int s_keptBuffers;

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
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Task.WhenAll(PumpAsync(first, second, stop), PumpAsync(second, first, stop)).ConfigureAwait(false);
        }
        catch
        {
            Reset(first);
            Reset(second);
            throw;
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, CancellationTokenSource stop)
    {
        CancellationToken cancellationToken = stop.Token;
        byte[]? buffer = null;
        bool keeps = false;
        try
        {
            int size = SmallBuffer;
            while (true)
            {
                if (buffer is null)
                {
                    await from.ReceiveAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
                    buffer = ArrayPool<byte>.Shared.Rent(size);
                }

                int count = await from.ReceiveAsync(buffer.AsMemory(0, size), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                for (int sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), cancellationToken).ConfigureAwait(false);
                }

                bool isFull = count == size;
                if (isFull && size == LargeBuffer && await TrySpliceAsync(from, to, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                if (!isFull && size == SmallBuffer)
                {
                    keeps = keeps || TryKeepBuffer();
                    if (keeps)
                    {
                        continue;
                    }
                }

                if (!isFull || size < LargeBuffer)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
                    size = isFull ? LargeBuffer : SmallBuffer;
                }
            }
        }
        catch
        {
            // The other direction would wait for a side that is not told.
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            if (keeps)
            {
                Interlocked.Decrement(ref s_keptBuffers);
            }
        }
    }

    private static bool TryKeepBuffer()
    {
        if (Interlocked.Increment(ref s_keptBuffers) <= MaxKeptBuffers)
        {
            return true;
        }

        Interlocked.Decrement(ref s_keptBuffers);
        return false;
    }

    /// <summary>False when there are no descriptors for it; nothing was moved then.</summary>
    private static async Task<bool> TrySpliceAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        SocketSplice splice;
        try
        {
            splice = SocketSplice.Create(from, to);
        }
        catch (LinuxException e) when (e.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOSPC)
        {
            return false;
        }

        using (splice)
        {
            try
            {
                await splice.PumpAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (LinuxException e)
            {
                throw new SocketException((int)SocketError.ConnectionReset, e.Message);
            }
        }

        to.Shutdown(SocketShutdown.Send);
        return true;
    }
}
