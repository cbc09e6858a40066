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
