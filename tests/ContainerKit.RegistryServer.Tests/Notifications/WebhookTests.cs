using System.Net;
using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Notifications;

public sealed class WebhookTests
{
    private const string Headers = "application/vnd.docker.distribution.events.v1+json secret";

    [Fact]
    public async Task Push_is_told_to_receivers_which_may_fail_first()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync((call, _) => Task.FromResult(call == 1 ? 500 : 200));
        await using RegistryFixture registry = await StartAsync(Telling(receiver));
        Descriptor image = await registry.PushImageAsync("app", "v1");
        Assert.Equal(new ReceivedEvent("push", "app", "v1", image.Digest.ToString(), Headers), await receiver.ReadAsync());
    }

    [Fact]
    public async Task Deletions_of_tags_and_of_manifests_are_told_and_those_of_what_is_not_there_are_not()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        await using RegistryFixture registry = await StartAsync(Telling(receiver));
        Descriptor image = await registry.PushImageAsync("app", "v1");
        foreach ((string reference, HttpStatusCode status) in ((string, HttpStatusCode)[])[
            ("v1", HttpStatusCode.Accepted), ("v1", HttpStatusCode.NotFound), (image.Digest.ToString(), HttpStatusCode.Accepted), (image.Digest.ToString(), HttpStatusCode.NotFound)])
        {
            using HttpResponseMessage deleted = await registry.SendAsync(HttpMethod.Delete, $"/v2/app/manifests/{reference}");
            Assert.Equal(status, deleted.StatusCode);
        }

        Descriptor last = await registry.PushImageAsync("app", "v2", "last");
        Assert.Equal(
            [
                new ReceivedEvent("push", "app", "v1", image.Digest.ToString(), Headers),
                new ReceivedEvent("delete", "app", "v1", null, Headers),
                new ReceivedEvent("delete", "app", null, image.Digest.ToString(), Headers),
                new ReceivedEvent("push", "app", "v2", last.Digest.ToString(), Headers),
            ],
            [await receiver.ReadAsync(), await receiver.ReadAsync(), await receiver.ReadAsync(), await receiver.ReadAsync()]);
    }

    [Fact]
    public async Task Receiver_that_hangs_keeps_neither_pushes_nor_other_receivers_waiting_and_its_oldest_events_are_dropped()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using EventReceiver hanging = await EventReceiver.StartAsync(async (_, http) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 500;
        });
        await using EventReceiver quick = await EventReceiver.StartAsync();
        OciRegistryWebhook stuck = Webhook(hanging) with { Timeout = Patience, MaxQueued = 2 };
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Webhooks = [stuck, Webhook(quick)] } });
        await registry.PushImageAsync("app", "v1");
        await asked.Task.WaitAsync(Patience, Stop);

        // One is being sent, two wait, and there is no place for two.
        for (int i = 2; i <= 5; i++)
            await registry.PushImageAsync("app", $"v{i}");
        for (int i = 1; i <= 5; i++)
            Assert.Equal($"v{i}", (await quick.ReadAsync()).Tag);
        Assert.Contains("containerkit_registry_events_dropped_total 2\n", await registry.Client.GetStringAsync("/metrics", Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receiver_that_resets_connections_at_once_is_one_that_does_not_take_events()
    {
        await using var receiver = new ResettingServer();
        OciRegistryWebhook webhook = new() { Address = new Uri($"http://{receiver.Name}/hook"), RetryDelay = TimeSpan.FromMilliseconds(1), MaxRetries = 4 };
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Webhooks = [webhook] } });
        for (int i = 0; i < 10; i++)
            await registry.PushImageAsync("app", $"v{i}");

        // Each is tried five times, and the next one after it.
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        bound.CancelAfter(Patience);
        while (!(await registry.Client.GetStringAsync("/metrics", bound.Token)).Contains("containerkit_registry_events_dropped_total 10\n", StringComparison.Ordinal))
            await Task.Delay(20, bound.Token);
        Assert.InRange(receiver.Connections, 50, int.MaxValue);
    }

    private static OciRegistryWebhook Webhook(EventReceiver receiver)
        => new() { Address = receiver.Address, Headers = new Dictionary<string, string> { ["Authorization"] = "secret" }, RetryDelay = TimeSpan.FromMilliseconds(1) };

    private static Func<OciRegistryServerOptions, OciRegistryServerOptions> Telling(EventReceiver receiver)
        => options => options with { Registry = options.Registry with { Webhooks = [Webhook(receiver)] } };
}
