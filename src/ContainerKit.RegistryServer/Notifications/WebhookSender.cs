using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Threading.Channels;
using ContainerKit.RegistryServer.Health;
using Microsoft.Extensions.Logging;

namespace ContainerKit.RegistryServer.Notifications;

/// <summary>Sends events to one receiver, one after the other, in their order.</summary>
internal sealed partial class WebhookSender : IAsyncDisposable
{
    private const string ContentType = "application/vnd.docker.distribution.events.v1+json";

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly OciRegistryWebhook _webhook;
    private readonly TimeProvider _time;
    private readonly RegistryMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Channel<byte[]> _queue;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    internal WebhookSender(OciRegistryWebhook webhook, TimeProvider time, RegistryMetrics metrics, ILogger logger)
    {
        (_webhook, _time, _metrics, _logger) = (webhook, time, metrics, logger);
        _queue = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(Math.Max(1, webhook.MaxQueued)) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => _metrics.EventsDropped.Add());

        // A receiver is what the operator has named, and nothing that it points to.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = webhook.Timeout };
        _sending = SendAllAsync(_stop.Token);
    }

    internal void Add(byte[] content) => _queue.Writer.TryWrite(content);

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        await foreach (byte[] content in _queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await SendAsync(content, cancellationToken).ConfigureAwait(false))
            {
                _metrics.EventsSent.Add();
            }
            else
            {
                _metrics.EventsDropped.Add();
                Dropped(_logger, _webhook.Address.GetLeftPart(UriPartial.Path), _webhook.MaxRetries + 1);
            }
        }
    }

    private async Task<bool> SendAsync(byte[] content, CancellationToken cancellationToken)
    {
        TimeSpan pause = _webhook.RetryDelay;
        for (int attempt = 0; ; attempt++)
        {
            if (await TrySendAsync(content, cancellationToken).ConfigureAwait(false))
                return true;
            if (attempt >= _webhook.MaxRetries)
                return false;
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<bool> TrySendAsync(byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _webhook.Address) { Content = new ByteArrayContent(content) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
            foreach ((string name, string value) in _webhook.Headers)
                request.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // Not there, or too slow: tried again.
            return false;
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "An event was not taken by {Receiver} in {Attempts} attempts, and is dropped")]
    private static partial void Dropped(ILogger logger, string receiver, int attempts);
}
