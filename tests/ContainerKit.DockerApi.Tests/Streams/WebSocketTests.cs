using System.Net;
using System.Net.WebSockets;
using System.Text;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Streams;

public sealed class WebSocketTests(ApiFixture api) : ApiTest(api)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Attached_websocket_has_what_goes_in_and_comes_out_without_frames(bool terminal)
    {
        RequireBusybox();
        var body = Body("sh", "-c", "read line; echo got $line; echo bad >&2; read line");
        body["OpenStdin"] = true;
        body["Tty"] = terminal;
        string id = await CreateAsync(body);
        using var patience = Patience();
        using WebSocket socket = await ConnectAsync($"/v1.44/containers/{id}/attach/ws?stream=1&stdin=1&stdout=1&stderr=1", patience.Token);
        await Api.PostAsync($"/containers/{id}/start");
        await socket.SendAsync("hello\n"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, patience.Token);

        string read = "";
        while (!read.Contains("got hello", StringComparison.Ordinal) || !read.Contains("bad", StringComparison.Ordinal))
            read += await ReceiveAsync(socket, patience.Token) ?? throw new InvalidOperationException($"ended: {read}");
        Assert.DoesNotContain('\0', read);

        await socket.SendAsync("end\n"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, patience.Token);
        while (await ReceiveAsync(socket, patience.Token) is not null)
        {
        }

        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Client_that_closes_its_websocket_leaves_the_container_running()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "1000"));
        using var patience = Patience();
        using (WebSocket socket = await ConnectAsync($"/containers/{id}/attach/ws?stream=1&stdout=1", patience.Token))
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        Assert.True((await Api.GetAsync($"/containers/{id}/json"))!["State"]!["Running"]!.GetValue<bool>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Request_that_asks_for_no_websocket_is_refused()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("true"));
        (HttpStatusCode status, string text) = await Api.SendAsync(HttpMethod.Get, $"/containers/{id}/attach/ws?stream=1");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("websocket", text, StringComparison.Ordinal);
        await RemoveAsync(id);
    }

    private static CancellationTokenSource Patience()
    {
        var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(ApiFixture.Patience);
        return patience;
    }

    private async Task<WebSocket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = async (_, token) => await Api.ConnectAsync(token) });
        await socket.ConnectAsync(new Uri("ws://docker" + path), invoker, cancellationToken);
        return socket;
    }

    /// <summary>The next piece; null when the server closes.</summary>
    private static async Task<string?> ReceiveAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, cancellationToken);
        return received.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
