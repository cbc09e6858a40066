using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Exec;

public sealed class ExecTests(ApiFixture api) : ApiTest(api)
{
    private async Task<string> CreateExecAsync(string container, params string[] command)
    {
        var body = new JsonObject { ["Cmd"] = Words(command), ["AttachStdin"] = true, ["AttachStdout"] = true, ["AttachStderr"] = true, ["Env"] = Words("X=y") };
        return (await Api.PostAsync($"/containers/{container}/exec", body))!["Id"]!.GetValue<string>();
    }

    [Fact]
    public async Task Command_has_its_streams_and_its_exit_code()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "1000"));
        string exec = await CreateExecAsync(id, "sh", "-c", "cat; echo $X >&2; exit 17");
        await using RawConnection client = await RawConnection.OpenAsync(Api);

        // Not the first request of its connection, as with clients that keep some.
        await client.SendAsync("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n");
        await client.ReadHeadAsync();
        await client.ReadUntilAsync("OK");
        await client.SendHijackAsync($"/exec/{exec}/start", "{\"Detach\":false,\"Tty\":false}");
        Assert.StartsWith("HTTP/1.1 101 UPGRADED", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.SendAsync("typed\n");
        client.CloseHalf();

        Assert.Equal(("typed\n", "y\n"), await client.ReadFramesAsync());
        JsonNode inspected = (await Api.GetAsync($"/exec/{exec}/json"))!;
        Assert.Equal(17, inspected["ExitCode"]!.GetValue<int>());
        Assert.False(inspected["Running"]!.GetValue<bool>());
        Assert.Equal(HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Post, $"/exec/{exec}/start", new JsonObject())).Status);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Missing_command_is_told_in_the_stream()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "1000"));
        string exec = await CreateExecAsync(id, "no-such-command");
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/exec/{exec}/start", "{}");
        await client.ReadHeadAsync();

        Assert.Contains("executable file not found", (await client.ReadFramesAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(127, (await Api.GetAsync($"/exec/{exec}/json"))!["ExitCode"]!.GetValue<int>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Command_goes_on_when_its_client_vanishes()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "1000"));
        string exec = await CreateExecAsync(id, "sh", "-c", "while [ ! -e /go ]; do echo waiting; sleep 0.05; done; exit 6");
        await using (RawConnection client = await RawConnection.OpenAsync(Api))
        {
            await client.SendHijackAsync($"/exec/{exec}/start", "{}");
            await client.ReadHeadAsync();
            await client.ReadFrameAsync();
        }

        string go = await CreateExecAsync(id, "touch", "/go");
        await Api.PostAsync($"/exec/{go}/start", new JsonObject { ["Detach"] = true });
        JsonNode inspected;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(ApiFixture.Patience);
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            inspected = (await Api.GetAsync($"/exec/{exec}/json"))!;
        }
        while (inspected["Running"]!.GetValue<bool>());

        Assert.Equal(6, inspected["ExitCode"]!.GetValue<int>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Output_that_the_background_holds_is_cut_off()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "1000"));
        string exec = await CreateExecAsync(id, "sh", "-c", "echo before; sleep 1000 & exit 5");
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"/exec/{exec}/start", "{}");
        await client.ReadHeadAsync();

        Assert.Equal(("before\n", ""), await client.ReadFramesAsync());
        Assert.Equal(5, (await Api.GetAsync($"/exec/{exec}/json"))!["ExitCode"]!.GetValue<int>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task What_does_not_run_can_not_be_executed_in()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("true"));
        (HttpStatusCode status, string error) = await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/exec", new JsonObject { ["Cmd"] = Words("true") });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("is not running", error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/exec", new JsonObject())).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Get, "/exec/nothing/json")).Status);
        await RemoveAsync(id);
    }
}
