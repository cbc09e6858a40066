using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace ContainerKit.Cli.Engines;

/// <summary>A server of Docker's API, at a UNIX socket or over TCP, with or without TLS.</summary>
internal sealed class SocketTransport(EngineAddress address) : IEngineTransport
{
    private readonly HttpMessageInvoker _invoker = new(CreateHandler(address, null));

    public string Name => address.ToString();

    public bool IsServer => true;

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            throw Unreachable(e);
        }
    }

    public async Task<(HttpResponseMessage Response, HijackedConnection? Connection)> HijackAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // A connection of its own: half of it is closed when the input ends, which HTTP has no word for.
        Stream? connected = null;
        var invoker = new HttpMessageInvoker(CreateHandler(address, stream => connected = stream));
        try
        {
            HttpResponseMessage response = await invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
                return (response, null);
            Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return (response, new HijackedConnection(stream, () => CloseInputAsync(connected!)));
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            throw Unreachable(e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        return default;
    }

    private static SocketsHttpHandler CreateHandler(EngineAddress address, Action<Stream>? connected) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            Stream stream = await address.ConnectAsync(cancellationToken).ConfigureAwait(false);
            connected?.Invoke(stream);
            return stream;
        },
    };

    private static async Task CloseInputAsync(Stream connected)
    {
        try
        {
            switch (connected)
            {
                case SslStream secured:
                    await secured.ShutdownAsync().ConfigureAwait(false);
                    break;
                case NetworkStream plain:
                    plain.Socket.Shutdown(SocketShutdown.Send);
                    break;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The server has closed it already.
        }
    }

    /// <param name="error">Of HTTP; of a socket where the connection was reset before .NET has asked it for its peer.</param>
    private IOException Unreachable(Exception error)
        => address is EngineAddress.UnixSocket unix && !File.Exists(unix.Path)
            ? new IOException($"Cannot connect to the engine at {address}: there is no such socket. Is the server running?", error)
            : new IOException($"Cannot connect to the engine at {address}: {(error.InnerException ?? error).Message}", error);
}
