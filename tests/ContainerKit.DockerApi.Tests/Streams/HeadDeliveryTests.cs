using System.Net.Sockets;
using System.Text;
using ContainerKit.DockerApi.Streams;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Streams;

public sealed class HeadDeliveryTests(ApiFixture api) : ApiTest(api)
{
    private static readonly byte[] s_head = Encoding.ASCII.GetBytes("HTTP/1.1 101 UPGRADED\r\n\r\n");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delivery_ends_when_the_client_has_read_all_of_it()
    {
        (Socket server, Socket client) = await ConnectAsync();
        using (server)
        using (client)
        {
            Task delivery = HeadDelivery.SendAsync(server, s_head, ApiFixture.Patience * 10, Token);
            byte[] buffer = new byte[s_head.Length];
            Assert.Equal(s_head.Length - 1, await client.ReceiveAsync(buffer.AsMemory(1), Token));
            Assert.False(delivery.IsCompleted);
            Assert.Equal(1, await client.ReceiveAsync(buffer.AsMemory(0, 1), Token));
            await delivery.WaitAsync(ApiFixture.Patience, Token);
        }
    }

    [Fact]
    public async Task Delivery_ends_when_the_client_does_not_read()
    {
        (Socket server, Socket client) = await ConnectAsync();
        using (server)
        using (client)
        {
            await HeadDelivery.SendAsync(server, s_head, TimeSpan.FromMilliseconds(1), Token).WaitAsync(ApiFixture.Patience, Token);
            Assert.Equal(s_head.Length, client.Available);
        }
    }

    [Fact]
    public async Task Delivery_ends_when_the_client_is_gone()
    {
        (Socket server, Socket client) = await ConnectAsync();
        using (server)
        {
            Task delivery = HeadDelivery.SendAsync(server, s_head, ApiFixture.Patience * 10, Token);
            client.Dispose();
            await delivery.WaitAsync(ApiFixture.Patience, Token);
            await HeadDelivery.SendAsync(server, s_head, ApiFixture.Patience * 10, Token).WaitAsync(ApiFixture.Patience, Token);
        }
    }

    [Fact]
    public async Task Delivery_can_be_cancelled()
    {
        (Socket server, Socket client) = await ConnectAsync();
        using (server)
        using (client)
        {
            using var cancellation = new CancellationTokenSource();
            Task delivery = HeadDelivery.SendAsync(server, s_head, ApiFixture.Patience * 10, cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(ApiFixture.Patience, Token));
        }
    }

    [Theory]
    [InlineData("docker-sdk-python/5.0.3")]
    [InlineData("docker-compose/1.29.2 docker-py/5.0.3 Linux/6.1")]
    public async Task Client_of_python_gets_the_head_before_the_output_and_each_once(string agent)
    {
        RequireBusybox();
        string id = await CreateAsync(Body("echo", "out"));
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync($"POST /containers/{id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: docker\r\nUser-Agent: {agent}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
        string head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 UPGRADED\r\n", head, StringComparison.Ordinal);
        await Api.PostAsync($"/containers/{id}/start");

        Assert.Equal(("out\n", ""), await client.ReadFramesAsync());
        await RemoveAsync(id);
    }

    private static async Task<(Socket Server, Socket Client)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var address = new UnixDomainSocketEndPoint($"\0ck-head-{Guid.NewGuid():N}");
        listener.Bind(address);
        listener.Listen();
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(address, Token);
        return (await listener.AcceptAsync(Token), client);
    }
}
