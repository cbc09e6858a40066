using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.Tests.Operations;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Streams;

public sealed class AttachTests(ApiFixture api) : ApiTest(api)
{
    [Fact]
    public async Task Body_of_an_attach_is_not_the_containers_input()
    {
        RequireBusybox();
        var body = Body("cat");
        body["OpenStdin"] = true;
        body["StdinOnce"] = true;
        string id = await CreateAsync(body);
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/containers/{id}/attach?stream=1&stdin=1&stdout=1&hijack=true", "{\"stream\":true}");
        await client.ReadHeadAsync();
        await Api.PostAsync($"/containers/{id}/start");
        await client.SendAsync("input\n");
        client.CloseHalf();
        Assert.Equal("input\n", (await client.ReadFramesAsync()).Output);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Output_arrives_whole_although_the_client_closed_its_half_at_once()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("sh", "-c", "echo out; echo err >&2; dd if=/dev/zero bs=1024 count=512 2>/dev/null | tr '\\0' x"));
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/v1.44/containers/{id}/attach?stream=1&stdout=1&stderr=1");
        client.CloseHalf();
        string head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 UPGRADED\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/vnd.docker.multiplexed-stream\r\n", head, StringComparison.Ordinal);

        await Api.PostAsync($"/containers/{id}/start");
        (string output, string error) = await client.ReadFramesAsync();

        Assert.Equal("out\n" + new string('x', 512 * 1024), output);
        Assert.Equal("err\n", error);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Who_is_told_of_the_end_has_the_output()
    {
        RequireBusybox();
        CancellationToken token = TestContext.Current.CancellationToken;

        // In a time that stands still nobody is given up.
        string path = Api.SocketPath + ".still";
        await using DockerApiServer server = await DockerApiServer.StartAsync(Api.Engine, new DockerApiOptions { Hosts = ["unix://" + path], TimeProvider = new ManualTime() }, token);
        string id = await CreateAsync(Body("sh", "-c", "echo out; echo err >&2"));
        for (int i = 0; i < 30; i++)
        {
            await using RawConnection client = await RawConnection.OpenAsync(path);
            await client.SendHijackAsync($"/containers/{id}/attach?stream=1&stdout=1&stderr=1");
            await client.ReadHeadAsync();
            await Api.PostAsync($"/containers/{id}/start");
            await using RawConnection waiter = await RawConnection.OpenAsync(path);
            await waiter.SendAsync($"POST /containers/{id}/wait HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n");
            await waiter.ReadUntilAsync("\"StatusCode\":0");

            // Two frames, with nothing to wait for.
            Assert.Equal(2 * 8 + "out\n".Length + "err\n".Length, client.Available);
            Assert.Equal(("out\n", "err\n"), await client.ReadFramesAsync());
        }

        await RemoveAsync(id);
    }

    [Fact]
    public async Task End_of_the_clients_input_is_the_commands_when_it_is_for_one()
    {
        RequireBusybox();
        JsonObject body = Body("sh", "-c", "cat; echo end");
        body["OpenStdin"] = true;
        body["StdinOnce"] = true;
        string id = await CreateAsync(body);
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/v1.41/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1");
        string head = await client.ReadHeadAsync();
        Assert.Contains("application/vnd.docker.raw-stream", head, StringComparison.Ordinal);
        await Api.PostAsync($"/containers/{id}/start");

        await client.SendAsync("one\ntwo\n");
        client.CloseHalf();

        Assert.Equal("one\ntwo\nend\n", (await client.ReadFramesAsync()).Output);
        Assert.Equal(0, await WaitAsync(id));
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Terminal_is_raw_and_its_keys_detach()
    {
        RequireBusybox();
        JsonObject body = Body("sh", "-c", "stty size; echo ready; cat");
        body["OpenStdin"] = true;
        body["Tty"] = true;
        body["HostConfig"] = new JsonObject { ["ConsoleSize"] = new JsonArray(31, 87) };
        string id = await CreateAsync(body);
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1&detachKeys=ctrl-a,x");
        Assert.Contains("application/vnd.docker.raw-stream", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await Api.PostAsync($"/containers/{id}/start");
        Assert.Contains("31 87", await client.ReadUntilAsync("ready"), StringComparison.Ordinal);

        await client.SendAsync("\u0001");
        await client.SendAsync("x");
        await client.ReadToEndAsync();

        Assert.True((await Api.GetAsync($"/containers/{id}/json"))!["State"]!["Running"]!.GetValue<bool>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Ended_container_is_attached_to_for_its_next_run()
    {
        RequireBusybox();
        string id = await RunAsync(Body("echo", "again"));
        Assert.Equal(0, await WaitAsync(id));
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/containers/{id}/attach?stream=1&stdout=1&stderr=1");
        await client.ReadHeadAsync();

        await Api.PostAsync($"/containers/{id}/start");

        Assert.Equal("again\n", (await client.ReadFramesAsync()).Output);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Errors_before_the_stream_are_ordinary_answers_and_the_connection_stays()
    {
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync("/containers/no-such-thing/attach?stream=1");
        Assert.StartsWith("HTTP/1.1 404 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadUntilAsync("No such container: no-such-thing\"}");

        await client.SendAsync("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_upgrade_the_answer_goes_on_until_the_end()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("echo", "plain"));
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync($"POST /containers/{id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);

        await Api.PostAsync($"/containers/{id}/start");

        Assert.Equal("plain\n", (await client.ReadFramesAsync()).Output);
        await RemoveAsync(id);
    }
}
