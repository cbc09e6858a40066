using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Control;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Forwards connections of a host port to a port of a container: TCP, and SCTP as far as it carries streams.</summary>
internal sealed partial class StreamForwarder : IAsyncDisposable
{
    /// <summary>The kernel lowers it to net.core.somaxconn, 4096 by default.</summary>
    internal const int Backlog = 65535;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly RunningTasks _connections = new(int.MaxValue);
    private readonly TransportProtocol _protocol;
    private readonly Socket _listener;
    private readonly IPEndPoint _target;
    private readonly IDialer _dialer;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _accepting;
    private int _isDisposed;

    private StreamForwarder(TransportProtocol protocol, Socket listener, IPEndPoint target, IDialer dialer, TimeProvider time, ILogger logger)
    {
        (_protocol, _listener, _target, _dialer, _time, _logger) = (protocol, listener, target, dialer, time, logger);
        _accepting = AcceptAsync(_stop.Token);
    }

    /// <summary>Starts to forward.</summary>
    /// <param name="protocol">TCP or SCTP.</param>
    /// <param name="listener">Listening; owned by the forwarder from now on.</param>
    /// <param name="target">The container's address and port.</param>
    /// <param name="dialer">How to reach it.</param>
    /// <param name="time">Measures pauses.</param>
    /// <param name="logger">Is told of connections that failed.</param>
    internal static StreamForwarder Start(TransportProtocol protocol, Socket listener, IPEndPoint target, IDialer dialer, TimeProvider time, ILogger logger)
        => new(protocol, listener, target, dialer, time, logger);

    /// <summary>Closes the port, resets the connections and waits until they are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await _connections.WhenEmptyAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Socket client = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                _connections.TryStart(ForwardAsync, client);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException e)
            {
                // ECONNABORTED, or too many open files: those who wait in the backlog are accepted when there are fewer.
                LogAccept(_logger, _target, e.Message);
                await PauseAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(s_pause, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using (client)
        {
            try
            {
                if (_protocol == TransportProtocol.Tcp)
                {
                    client.NoDelay = true;
                }

                using Socket server = await DialAsync().ConfigureAwait(false);
                await new StreamPair(client, server).PumpAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or UnsupportedException or IOException)
            {
                // A reset rather than an end: an end would say that an empty answer was the whole of it.
                StreamPair.Reset(client);
                LogConnection(_logger, _target, e.Message);
            }
        }
    }

    /// <summary>Without descriptors left, a connection waits as it would in the backlog: it is accepted already, and is not to be lost.</summary>
    private async Task<Socket> DialAsync()
    {
        while (true)
        {
            try
            {
                return await _dialer.ConnectAsync(_protocol, _target, _stop.Token).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                LogAccept(_logger, _target, e.Message);
                await Task.Delay(s_pause, _time, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(EventId = 5201, Level = LogLevel.Warning, Message = "Connections for {Target} have to wait: {Reason}")]
    private static partial void LogAccept(ILogger logger, IPEndPoint target, string reason);

    [LoggerMessage(EventId = 5202, Level = LogLevel.Debug, Message = "A connection for {Target} was reset: {Reason}")]
    private static partial void LogConnection(ILogger logger, IPEndPoint target, string reason);
}
