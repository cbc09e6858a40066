using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Robustness;

public sealed class HostileClientTests(ApiFixture api) : ApiTest(api)
{
    /// <summary>How many connections wait; more by CONTAINERKIT_STRESS_CONNECTIONS.</summary>
    private static int IdleConnections => int.TryParse(Environment.GetEnvironmentVariable("CONTAINERKIT_STRESS_CONNECTIONS"), out int count) ? count : 500;

    [Fact]
    public async Task Idle_connections_keep_nobody_out()
    {
        List<RawConnection> idle = [];
        try
        {
            for (int i = 0; i < IdleConnections; i++)
            {
                RawConnection connection = await RawConnection.OpenAsync(Api);
                idle.Add(connection);

                // Half of them begin a request that they never end.
                if (i % 2 == 0)
                    await connection.SendAsync("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Length: 100\r\n\r\n{");
            }

            using HttpClient client = Api.CreateClient();
            Assert.Equal("OK", await client.GetStringAsync("/_ping", TestContext.Current.CancellationToken));
        }
        finally
        {
            foreach (RawConnection connection in idle)
                await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Endless_body_is_refused_without_being_read()
    {
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n");
        Task sending = SendUntilRefusedAsync(client);

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.DisposeAsync();
        await sending;
    }

    private static async Task SendUntilRefusedAsync(RawConnection client)
    {
        string piece = "{\"a\":\"" + new string('x', 64 * 1024);
        try
        {
            for (int i = 0; i < 16 * 1024; i++)
                await client.SendAsync(piece);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Refused, which is the point.
        }
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("POST /containers/x/attach HTTP/1.1\r\nHost: d\r\nContent-Length: nonsense\r\n\r\n")]
    [InlineData("GET /_ping HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: d\r\n\r\nzzz\r\n\r\n")]
    public async Task What_is_no_HTTP_ends_its_own_connection_only(string bytes)
    {
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync(bytes);
        client.CloseHalf();
        await client.ReadToEndAsync();

        Assert.Equal("OK", await Api.Client.GetStringAsync("/_ping", TestContext.Current.CancellationToken));
    }
}
