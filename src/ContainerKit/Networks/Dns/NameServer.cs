using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Control;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Dns;

/// <summary>A name server for one container, by UDP and TCP: answers what it knows, and passes on the rest.</summary>
/// <remarks>Between two questions it holds no thread. Its own answers are given in the order of the questions, those of others as they come.</remarks>
internal sealed partial class NameServer : IAsyncDisposable
{
    /// <summary>As Docker's server: more that are on their way to other servers are refused.</summary>
    private const int MaximumForwarded = 1024;
    private const int MaximumConnections = 64;

    /// <summary>Questions are short; a longer datagram is none.</summary>
    private const int MaximumQuery = 2048;
    private const int MaximumAnswer = 4096;
    private const int FailuresInARow = 100;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly RunningTasks _forwarded = new(MaximumForwarded);
    private readonly RunningTasks _connections = new(MaximumConnections);
    private readonly NameServerSockets _sockets;
    private readonly NameResponder _responder;
    private readonly UpstreamResolvers _upstream;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _serving;
    private int _isDisposed;

    private NameServer(NameServerSockets sockets, INameSource names, UpstreamResolvers upstream, TimeProvider time, ILogger logger)
    {
        (_sockets, _responder, _upstream, _time, _logger) = (sockets, new NameResponder(names), upstream, time, logger);
        _serving = Task.WhenAll(ServeDatagramsAsync(_stop.Token), ServeConnectionsAsync(_stop.Token));
    }

    /// <summary>Starts to answer.</summary>
    /// <param name="sockets">Owned by the server from now on.</param>
    /// <param name="names">What the container may know.</param>
    /// <param name="upstream">Who knows the rest.</param>
    /// <param name="time">Measures idle connections.</param>
    /// <param name="logger">Is told of what should not happen.</param>
    internal static NameServer Start(NameServerSockets sockets, INameSource names, UpstreamResolvers upstream, TimeProvider time, ILogger logger)
        => new(sockets, names, upstream, time, logger);

    /// <summary>Closes the sockets and waits until nothing is on its way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _sockets.Dispose();
        await _serving.ConfigureAwait(false);
        await _forwarded.WhenEmptyAsync().ConfigureAwait(false);
        await _connections.WhenEmptyAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static bool IsEnd(Exception e) => e is OperationCanceledException or ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted };

    private async Task ServeDatagramsAsync(CancellationToken cancellationToken)
    {
        byte[] query = new byte[MaximumQuery];
        byte[] answer = new byte[MaximumAnswer];
        SocketAddress sender = new(_sockets.Datagrams.AddressFamily);
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested && failures < FailuresInARow)
        {
            try
            {
                int length = await _sockets.Datagrams.ReceiveFromAsync(query, SocketFlags.None, sender, cancellationToken).ConfigureAwait(false);
                await AnswerAsync(query.AsMemory(0, length), answer, sender, cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (Exception e) when (IsEnd(e))
            {
                return;
            }
            catch (SocketException e)
            {
                // A sender that is gone, a datagram that is too long: the next one may be better.
                failures++;
                LogFailure(_logger, e.SocketErrorCode, e.Message);
            }
        }
    }

    private async ValueTask AnswerAsync(ReadOnlyMemory<byte> query, byte[] answer, SocketAddress sender, CancellationToken cancellationToken)
    {
        NameResponder.Outcome outcome = _responder.Respond(query.Span, answer, isDatagram: true, out DnsRequest request, out int length);
        if (outcome == NameResponder.Outcome.Forward)
        {
            SocketAddress copy = new(sender.Family, sender.Size);
            sender.Buffer.Span[..sender.Size].CopyTo(copy.Buffer.Span);
            if (_forwarded.TryStart(ForwardAsync, new Forwarded(query.ToArray(), request, copy)))
            {
                return;
            }

            length = NameResponder.Fail(query.Span, answer, request, DnsResponseCode.Refused);
        }

        if (outcome != NameResponder.Outcome.Ignore)
        {
            await _sockets.Datagrams.SendToAsync(answer.AsMemory(0, length), SocketFlags.None, sender, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ForwardAsync(Forwarded forwarded)
    {
        byte[] answer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            int length = await _upstream.AskAsync(forwarded.Query, forwarded.Request.QuestionEnd, answer, ProtocolType.Udp, _stop.Token).ConfigureAwait(false);
            length = length == 0
                ? NameResponder.Fail(forwarded.Query, answer, forwarded.Request, DnsResponseCode.ServerFailure)
                : Shorten(answer, length, forwarded.Request);
            await _sockets.Datagrams.SendToAsync(answer.AsMemory(0, length), SocketFlags.None, forwarded.Sender, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsEnd(e))
        {
        }
        catch (SocketException e)
        {
            LogFailure(_logger, e.SocketErrorCode, e.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(answer);
        }
    }

    /// <summary>A server that sends more than was asked for: the sender asks again by TCP.</summary>
    private static int Shorten(byte[] answer, int length, in DnsRequest request)
    {
        if (length <= request.DatagramSize)
        {
            return length;
        }

        answer[2] |= 2; // TC
        answer.AsSpan(6, 6).Clear();
        return request.QuestionEnd;
    }

    private async Task ServeConnectionsAsync(CancellationToken cancellationToken)
    {
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested && failures < FailuresInARow)
        {
            try
            {
                Socket connection = await _sockets.Listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                failures = 0;
                if (!_connections.TryStart(ServeConnectionAsync, connection))
                {
                    connection.Dispose();
                }
            }
            catch (Exception e) when (IsEnd(e))
            {
                return;
            }
            catch (SocketException e)
            {
                // Too many open files, most likely: there may be fewer soon.
                failures++;
                LogFailure(_logger, e.SocketErrorCode, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeConnectionAsync(Socket connection)
    {
        byte[] query = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        byte[] answer = ArrayPool<byte>.Shared.Rent(2 + ushort.MaxValue);
        try
        {
            using NetworkStream stream = new(connection, ownsSocket: true);
            while (await ServeOneAsync(stream, query, answer).ConfigureAwait(false))
            {
            }
        }
        catch (Exception e) when (IsEnd(e) || e is IOException or SocketException)
        {
            // It went away, or was silent for too long.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(query);
            ArrayPool<byte>.Shared.Return(answer);
        }
    }

    private async Task<bool> ServeOneAsync(NetworkStream stream, byte[] query, byte[] answer)
    {
        using CancellationTokenSource idle = new(s_idle, _time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, _stop.Token);
        await stream.ReadExactlyAsync(query.AsMemory(0, 2), linked.Token).ConfigureAwait(false);
        Memory<byte> message = query.AsMemory(0, BinaryPrimitives.ReadUInt16BigEndian(query));
        await stream.ReadExactlyAsync(message, linked.Token).ConfigureAwait(false);
        Memory<byte> body = answer.AsMemory(2, ushort.MaxValue);
        NameResponder.Outcome outcome = _responder.Respond(message.Span, body.Span, isDatagram: false, out DnsRequest request, out int length);
        if (outcome == NameResponder.Outcome.Ignore)
        {
            return false;
        }

        if (outcome == NameResponder.Outcome.Forward)
        {
            length = await _upstream.AskAsync(message, request.QuestionEnd, body, ProtocolType.Tcp, _stop.Token).ConfigureAwait(false);
            length = length == 0 ? NameResponder.Fail(message.Span, body.Span, request, DnsResponseCode.ServerFailure) : length;
        }

        BinaryPrimitives.WriteUInt16BigEndian(answer, (ushort)length);
        using CancellationTokenSource sending = new(s_idle, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(sending.Token, _stop.Token);
        await stream.WriteAsync(answer.AsMemory(0, 2 + length), both.Token).ConfigureAwait(false);
        return true;
    }

    private sealed record Forwarded(byte[] Query, DnsRequest Request, SocketAddress Sender);

    [LoggerMessage(EventId = 5101, Level = LogLevel.Debug, Message = "The name server of a container met {Error}: {Reason}")]
    private static partial void LogFailure(ILogger logger, SocketError error, string reason);
}
