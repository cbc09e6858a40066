using System.Text.Json;
using ContainerKit.RegistryServer.Health;

namespace ContainerKit.RegistryServer.Notifications;

/// <summary>Hands events to all receivers. Who pushes never waits for them.</summary>
internal sealed class EventQueue : IAsyncDisposable
{
    private readonly WebhookSender[] _senders;
    private readonly TimeProvider _time;

    internal EventQueue(IReadOnlyList<OciRegistryWebhook> webhooks, TimeProvider time, RegistryMetrics metrics, Microsoft.Extensions.Logging.ILogger logger)
    {
        _time = time;
        _senders = [.. webhooks.Select(webhook => new WebhookSender(webhook, time, metrics, logger))];
    }

    internal void Add(RegistryEvent happened)
    {
        if (_senders.Length == 0)
            return;
        var target = new EventTarget(happened.MediaType, happened.Size, happened.Size, happened.Digest, happened.Repository, happened.Tag);
        var document = new EventDocument(Guid.NewGuid().ToString(), _time.GetUtcNow(), happened.Action, target, new EventActor(happened.User));
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new EventEnvelope([document]), EventJson.Default.EventEnvelope);
        foreach (WebhookSender sender in _senders)
            sender.Add(content);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WebhookSender sender in _senders)
            await sender.DisposeAsync().ConfigureAwait(false);
    }
}
