using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace ContainerKit.DockerApi.Streams;

/// <summary>
/// Stands between the transport and HTTP, so that a handler can take a connection over. IHttpUpgradeFeature can't be used for that: it refuses requests
/// with a body (exec start has one), and the server ends the request when the client closes its half, which a docker run without -i does at once.
/// </summary>
internal sealed class HijackableConnection : IDuplexPipe, IHijackFeature, IDisposable
{
    private readonly Lock _sync = new();
    private readonly IDuplexPipe _transport;
    private readonly Socket? _socket;
    private readonly CancellationTokenSource _closed = new();
    private bool _clientClosed;
    private bool _inRequest;
    private bool _mayBeHalfClosed;
    private volatile bool _hijacked;
    private int _requests;
    private PipeWriter? _direct;

    private HijackableConnection(IDuplexPipe transport, Socket? socket)
    {
        _transport = transport;
        _socket = socket;
        Input = new GuardedPipeReader(transport.Input, this);
        Output = new GuardedPipeWriter(transport.Output, this);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public bool IsHijacked => _hijacked;

    /// <summary>Serves a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="next">What serves it.</param>
    /// <param name="isBare">Nothing that changes the bytes stands between the transport and its socket, as TLS would.</param>
    internal static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, bool isBare)
    {
        IDuplexPipe transport = connection.Transport;
        CancellationToken transportClosed = connection.ConnectionClosed;
        Socket? socket = isBare ? connection.Features.Get<IConnectionSocketFeature>()?.Socket : null;
        using var hijackable = new HijackableConnection(transport, socket?.AddressFamily == AddressFamily.Unix ? socket : null);
        using CancellationTokenRegistration registration = transportClosed.Register(static state => ((HijackableConnection)state!).OnClosed(), hijackable);
        connection.Transport = hijackable;
        connection.ConnectionClosed = hijackable._closed.Token;
        connection.Features.Set<IHijackFeature>(hijackable);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;
            connection.ConnectionClosed = transportClosed;
        }
    }

    public void BeginRequest(bool hijacks)
    {
        lock (_sync)
        {
            _inRequest = true;
            _requests++;
            _mayBeHalfClosed = hijacks;
            if (!_clientClosed || hijacks)
                return;
        }

        _closed.Cancel();
    }

    public void EndRequest()
    {
        lock (_sync)
            _inRequest = false;
    }

    public async Task<HijackedStream> HijackAsync(IEnumerable<string> head, TimeSpan readTime, CancellationToken cancellationToken)
    {
        // From here on nothing that the HTTP layer writes or reads reaches the client.
        _hijacked = true;
        byte[] bytes = Encoding.ASCII.GetBytes(string.Join("\r\n", head) + "\r\n\r\n");
        _direct = OpenDirectly();
        PipeWriter output = _direct ?? _transport.Output;
        if (readTime > TimeSpan.Zero && _socket is not null)
        {
            await HeadDelivery.SendAsync(_socket, bytes, readTime, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            if (readTime > TimeSpan.Zero)
                await Task.Delay(readTime, cancellationToken).ConfigureAwait(false);
        }

        return new HijackedStream(_transport.Input, output) { OutputEnd = _direct is null ? null : EndDirectOutput };
    }

    public void Dispose()
    {
        _direct?.Complete();
        _closed.Dispose();
    }

    /// <summary>
    /// A writer to the socket itself: what goes through the transport's pipe is copied and waits for another thread. Null where there is more than the
    /// socket, and for a second request: an answer to the first one may still be in the pipe, if the client has not waited for it.
    /// </summary>
    private PipeWriter? OpenDirectly()
    {
        if (_socket is null || _requests != 1)
            return null;
        bool held = false;
        try
        {
            _socket.SafeHandle.DangerousAddRef(ref held);
            using var number = new FileDescriptor((int)_socket.SafeHandle.DangerousGetHandle(), ownsDescriptor: false);
            return FdPipe.OpenWriter(number.Duplicate());
        }
        catch (Exception e) when (e is LinuxException or ObjectDisposedException)
        {
            return null; // no descriptors left, or the client is gone
        }
        finally
        {
            if (held)
                _socket.SafeHandle.DangerousRelease();
        }
    }

    private void EndDirectOutput()
    {
        _direct!.Complete();
        try
        {
            _socket!.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client was faster.
        }
    }

    /// <summary>
    /// The client closed its half, or all. While no request is served the HTTP layer finds that out by reading; a request that is being served has to
    /// be told, unless it is one that takes the connection over.
    /// </summary>
    private void OnClosed()
    {
        lock (_sync)
        {
            _clientClosed = true;
            if (!_inRequest || _mayBeHalfClosed)
                return;
        }

        _closed.Cancel();
    }
}
