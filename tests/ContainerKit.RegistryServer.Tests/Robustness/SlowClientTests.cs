using System.Net.Sockets;
using System.Text;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Robustness;

public sealed class SlowClientTests
{
    private static readonly TimeSpan BetweenBytes = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Clients_that_trickle_are_cut_off_each_and_others_push_and_pull_meanwhile()
    {
        await using RegistryFixture registry = await StartAsync();
        Task[] slow = [.. Enumerable.Range(0, 100).Select(_ => TrickleAsync(registry))];
        for (int i = 0; i < 10; i++)
        {
            await registry.PushImageAsync("app", $"v{i}", $"layer {i}");
            await Collection.CollectionTests.AssertWholeAsync(registry, "app", $"v{i}");
        }

        // None of them ends by itself.
        await Task.WhenAll(slow).WaitAsync(Patience, Stop);
        Assert.Equal(100, registry.Leftovers().Length);
        Assert.All(registry.Leftovers(), file => Assert.InRange(new FileInfo(file).Length, 0, 10_000));
    }

    [Fact]
    public async Task Heads_of_requests_that_trickle_are_cut_off_and_others_push_and_pull_meanwhile()
    {
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Limits = new OciRegistryLimits { RequestHeadTimeout = TimeSpan.FromSeconds(2) } } });
        Task[] slow = [.. Enumerable.Range(0, 100).Select(i => TrickleHeadAsync(registry, i % 2 == 0 ? "GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: " : "GET /v2/"))];
        for (int i = 0; i < 10; i++)
        {
            await registry.PushImageAsync("app", $"v{i}", $"layer {i}");
            await Collection.CollectionTests.AssertWholeAsync(registry, "app", $"v{i}");
        }

        // None of them ends by itself.
        await Task.WhenAll(slow).WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task Connection_that_waits_for_its_next_request_too_long_is_ended()
    {
        await using RegistryFixture registry = await StartAsync(options => options with { Registry = options.Registry with { Limits = new OciRegistryLimits { ConnectionIdleTimeout = TimeSpan.FromSeconds(1) } } });
        using var client = new TcpClient();
        await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
        await client.GetStream().WriteAsync("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Stop);

        string answer = await new StreamReader(client.GetStream()).ReadToEndAsync(Stop).WaitAsync(Patience, Stop);

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    /// <summary>Sends a byte of the head now and then, for as long as the server lets it.</summary>
    private static async Task TrickleHeadAsync(RegistryFixture registry, string begin)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(begin), Stop);
            while (true)
            {
                await client.GetStream().WriteAsync("x"u8.ToArray(), Stop);
                await Task.Delay(BetweenBytes, Stop);
            }
        }
        catch (IOException)
        {
            // Cut off.
        }
    }

    /// <summary>Begins an upload and sends a byte of it now and then, for as long as the server lets it.</summary>
    private static async Task TrickleAsync(RegistryFixture registry)
    {
        using HttpResponseMessage begun = await registry.SendAsync(HttpMethod.Post, "/v2/slow/blobs/uploads/");
        using var client = new TcpClient();
        await client.ConnectAsync(registry.Client.BaseAddress!.Host, registry.Client.BaseAddress.Port, Stop);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"PATCH {begun.Headers.Location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"), Stop);
        try
        {
            while (true)
            {
                await client.GetStream().WriteAsync("x"u8.ToArray(), Stop);
                await Task.Delay(BetweenBytes, Stop);
            }
        }
        catch (IOException)
        {
            // Cut off.
        }
    }
}
