using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.Cli.Engines;

/// <summary>The engine of this process behind the endpoints of Docker's API, without sockets and without a server.</summary>
internal sealed class InProcessTransport : IEngineTransport
{
    private readonly ContainerEngine _engine;
    private readonly DockerApiService _service;
    private readonly ApiDispatcher _dispatcher;
    private readonly CancellationTokenSource _closing = new();

    /// <param name="engine">Closed with this.</param>
    public InProcessTransport(ContainerEngine engine)
    {
        _engine = engine;
        _service = new DockerApiService(engine, null, null);
        _dispatcher = _service.CreateDispatcher();
    }

    public string Name => _engine.DataRoot;

    public bool IsServer => false;

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => (await ExchangeAsync(request, cancellationToken).ConfigureAwait(false)).Response;

    public Task<(HttpResponseMessage Response, HijackedConnection? Connection)> HijackAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => ExchangeAsync(request, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _service.DisposeAsync().ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task<(HttpResponseMessage Response, HijackedConnection? Connection)> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Stream body = request.Content is null ? Stream.Null : await request.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var exchange = new InProcessExchange(request, body, _closing.Token);
        Task handled = exchange.RunAsync(_dispatcher);
        using (cancellationToken.UnsafeRegister(static state => ((InProcessExchange)state!).Abort(), exchange))
        {
            await Task.WhenAny(exchange.Answered, handled).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return (exchange.CreateResponse(), exchange.Connection);
        }
    }
}
