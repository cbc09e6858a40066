using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Notifications;

/// <summary>What a registry tells: an HTTP server that keeps the events that it has taken.</summary>
internal sealed class EventReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Channel<ReceivedEvent> _events = Channel.CreateUnbounded<ReceivedEvent>();

    private EventReceiver(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.First() + "/hook");

    /// <summary>Starts one.</summary>
    /// <param name="answer">The status for the n-th call, from 1; it may wait for as long as it likes.</param>
    public static async Task<EventReceiver> StartAsync(Func<int, HttpContext, Task<int>>? answer = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var receiver = new EventReceiver(builder.Build());
        int calls = 0;
        receiver._application.Run(async http =>
        {
            http.Response.StatusCode = answer is null ? StatusCodes.Status200OK : await answer(Interlocked.Increment(ref calls), http);
            if (http.Response.StatusCode != StatusCodes.Status200OK)
                return;
            using JsonDocument document = await JsonDocument.ParseAsync(http.Request.Body, default, Stop);
            JsonElement happened = document.RootElement.GetProperty("events")[0], target = happened.GetProperty("target");
            await receiver._events.Writer.WriteAsync(
                new ReceivedEvent(happened.GetProperty("action").GetString(), TextOf(target, "repository"), TextOf(target, "tag"), TextOf(target, "digest"), $"{http.Request.ContentType} {http.Request.Headers.Authorization}"), Stop);
        });
        await receiver._application.StartAsync(Stop);
        return receiver;
    }

    /// <summary>The next event.</summary>
    public Task<ReceivedEvent> ReadAsync() => _events.Reader.ReadAsync(Stop).AsTask().WaitAsync(Patience, Stop);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static string? TextOf(JsonElement target, string name) => target.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
