using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Control;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Forwards datagrams of a host port to a port of a container, and the answers back: each sender has a socket of his own, so that they find him.</summary>
internal sealed partial class DatagramForwarder : IAsyncDisposable
{
    /// <summary>Senders' addresses can be made up, descriptors can't.</summary>
    internal const int MaximumSenders = 4096;

    /// <summary>As docker-proxy: how long a sender is remembered.</summary>
    internal static readonly TimeSpan IdleEnd = TimeSpan.FromSeconds(90);

    private const int MaximumDatagram = ushort.MaxValue;
    private const int FailuresInARow = 1000;

    private readonly CancellationTokenSource _stop = new();
    private readonly RunningTasks _answers = new(MaximumSenders);
    private readonly ConcurrentDictionary<SocketAddress, DatagramSender> _senders = new();
    private readonly Socket _socket;
    private readonly IPEndPoint _target;
    private readonly IDialer _dialer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _sweeper;
    private readonly Task _receiving;
    private int _isDisposed;

    private DatagramForwarder(Socket socket, IPEndPoint target, IDialer dialer, TimeProvider time, ILogger logger)
    {
        (_socket, _target, _dialer, _time, _logger) = (socket, target, dialer, time, logger);
        _sweeper = time.CreateTimer(static state => ((DatagramForwarder)state!).Sweep(), this, IdleEnd / 4, IdleEnd / 4);
        _receiving = ReceiveAsync(_stop.Token);
    }

    /// <summary>Senders that are remembered.</summary>
    internal int SenderCount => _senders.Count;

    /// <summary>Starts to forward.</summary>
    /// <param name="socket">Bound; owned by the forwarder from now on.</param>
    /// <param name="target">The container's address and port.</param>
    /// <param name="dialer">How to reach it.</param>
    /// <param name="time">Measures how long senders are silent.</param>
    /// <param name="logger">Is told of senders that can't be served.</param>
    internal static DatagramForwarder Start(Socket socket, IPEndPoint target, IDialer dialer, TimeProvider time, ILogger logger)
        => new(socket, target, dialer, time, logger);

    /// <summary>Closes the port and forgets all senders.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _sweeper.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _receiving.ConfigureAwait(false);
        foreach (DatagramSender sender in _senders.Values)
        {
            sender.Dispose();
        }

        await _answers.WhenEmptyAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaximumDatagram);
        SocketAddress from = new(_socket.AddressFamily);
        for (int failures = 0; failures < FailuresInARow;)
        {
            try
            {
                int count = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, from, cancellationToken).ConfigureAwait(false);
                if (await FindAsync(from, cancellationToken).ConfigureAwait(false) is { } sender)
                {
                    sender.Touch(_time);
                    await sender.Socket.SendAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                }

                failures = 0;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                // Of a sender that was just forgotten; the datagram is lost, as datagrams may be.
                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // ECONNREFUSED is the answer to an earlier datagram: nobody listens in the container, yet.
                if (cancellationToken.IsCancellationRequested)
                {
                    return;
                }

                failures++;
            }
        }
    }

    private async ValueTask<DatagramSender?> FindAsync(SocketAddress from, CancellationToken cancellationToken)
    {
        if (_senders.TryGetValue(from, out DatagramSender? known))
        {
            return known;
        }

        SocketAddress address = new(from.Family, from.Size);
        from.Buffer.Span[..from.Size].CopyTo(address.Buffer.Span);
        Socket socket = await _dialer.ConnectAsync(TransportProtocol.Udp, _target, cancellationToken).ConfigureAwait(false);
        DatagramSender sender = new(address, socket);
        sender.Touch(_time);
        _senders[address] = sender;
        if (_answers.TryStart(AnswerAsync, sender))
        {
            return sender;
        }

        _senders.TryRemove(address, out _);
        sender.Dispose();
        LogTooMany(_logger, _target, MaximumSenders);
        return null;
    }

    private async Task AnswerAsync(DatagramSender sender)
    {
        byte[]? buffer = null;
        byte[] peek = new byte[1]; // an empty one would take the datagram
        try
        {
            while (true)
            {
                try
                {
                    if (buffer is null)
                    {
                        await sender.Socket.ReceiveAsync(peek, SocketFlags.Peek, _stop.Token).ConfigureAwait(false);
                        buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(MaximumDatagram);
                    }

                    int count = await sender.Socket.ReceiveAsync(buffer, _stop.Token).ConfigureAwait(false);
                    sender.Touch(_time);
                    await _socket.SendToAsync(buffer.AsMemory(0, count), SocketFlags.None, sender.Address, _stop.Token).ConfigureAwait(false);
                }
                catch (SocketException e) when (e.SocketErrorCode is not SocketError.OperationAborted && !sender.IsForgotten)
                {
                    // As above; and what can't be sent to the sender is lost.
                }

                if (buffer is not null && sender.Socket.Available == 0)
                {
                    System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Forgotten.
        }
        finally
        {
            _senders.TryRemove(sender.Address, out _);
            sender.Dispose();
            if (buffer is not null)
            {
                System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private void Sweep()
    {
        foreach (DatagramSender sender in _senders.Values)
        {
            if (sender.IsIdle(_time, IdleEnd))
            {
                sender.Dispose();
            }
        }
    }

    [LoggerMessage(EventId = 5203, Level = LogLevel.Warning, Message = "Datagrams for {Target} are dropped: {Count} senders are served already.")]
    private static partial void LogTooMany(ILogger logger, IPEndPoint target, int count);
}
