using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Streams;

public sealed class LogTests(ApiFixture api) : ApiTest(api)
{
    private static string Decode(byte[] frames)
    {
        List<byte> text = [];
        for (int at = 0; at < frames.Length;)
        {
            int length = global::System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frames.AsSpan(at + 4));
            text.AddRange(frames.AsSpan(at + 8, length));
            at += 8 + length;
        }

        return global::System.Text.Encoding.UTF8.GetString([.. text]);
    }

    private async Task<string> ReadAsync(string path) => Decode(await Api.Client.GetByteArrayAsync(path, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Logs_are_read_by_stream_number_and_time()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sh", "-c", "echo l1; echo l2; echo e1 >&2; echo l3; printf end"));
        Assert.Equal(0, await WaitAsync(id));

        Assert.Equal("l1\nl2\nl3\nend", await ReadAsync($"/containers/{id}/logs?stdout=1"));
        Assert.Equal("e1\n", await ReadAsync($"/containers/{id}/logs?stderr=1&tail=all"));
        Assert.Equal("", await ReadAsync($"/containers/{id}/logs?stdout=1&stderr=1&tail=0"));
        Assert.Equal("l1\nl2\nl3\nend", await ReadAsync($"/containers/{id}/logs?stdout=1&follow=1&since=0"));
        string first = (await ReadAsync($"/containers/{id}/logs?stdout=1&timestamps=1")).Split('\n')[0];
        Assert.Matches("^20[0-9-]+T[0-9:]+\\.[0-9]{9}Z l1$", first);
        Assert.Equal("", await ReadAsync($"/containers/{id}/logs?stdout=1&since=4070908800"));
        Assert.Equal(HttpStatusCode.BadRequest, (await Api.SendAsync(HttpMethod.Get, $"/containers/{id}/logs")).Status);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Client_that_stops_reading_holds_up_nobody()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sh", "-c", "yes 0123456789012345678901234567890123456789 | head -n 200000"));
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync($"GET /containers/{id}/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: docker\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);

        // The client reads nothing more; the container ends, and others are served.
        Assert.Equal(0, await WaitAsync(id));
        Assert.Equal(2 * 41, (await ReadAsync($"/containers/{id}/logs?stdout=1&tail=2")).Length);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Container_without_a_log_says_so()
    {
        RequireBusybox();
        JsonObject body = Body("true");
        body["HostConfig"] = new JsonObject { ["LogConfig"] = new JsonObject { ["Type"] = "none" } };
        string id = await RunAsync(body);

        (HttpStatusCode status, string error) = await Api.SendAsync(HttpMethod.Get, $"/containers/{id}/logs?stdout=1");

        Assert.Equal(HttpStatusCode.NotImplemented, status);
        Assert.Contains("does not support reading", error, StringComparison.Ordinal);
        await RemoveAsync(id);
    }
}
