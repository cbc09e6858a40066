using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Containers;

/// <summary>What clients send that the API's document does not have.</summary>
public sealed class OldClientTests(ApiFixture api) : ApiTest(api)
{
    [Fact]
    public async Task Null_is_nothing_said()
    {
        RequireBusybox();
        var body = Body("true");
        body["Tty"] = null;
        body["Labels"] = new JsonObject { ["a"] = null };
        body["Healthcheck"] = new JsonObject { ["Test"] = Words("CMD", "true"), ["Timeout"] = null, ["Retries"] = null };
        body["HostConfig"] = new JsonObject { ["Memory"] = null, ["Sysctls"] = null, ["LogConfig"] = new JsonObject { ["Config"] = null } };
        await RemoveAsync(await CreateAsync(body));

        body["HostConfig"] = new JsonObject { ["Mounts"] = new JsonArray([null]) };
        (HttpStatusCode status, _) = await Api.SendAsync(HttpMethod.Post, "/containers/create", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Parameters_of_old_clients_mean_what_they_meant()
    {
        RequireBusybox();
        string first = await CreateAsync(Body("true"));
        string second = await CreateAsync(Body("true"));
        Assert.Contains(first, await ListAsync($"all=1&before={second}&trunc_cmd=0&limit=-1&size=0"));
        Assert.DoesNotContain(first, await ListAsync($"all=1&since={first}"));
        Assert.Contains(second, await ListAsync($"all=1&since={first}"));
        await Api.GetAsync("/images/json?only_ids=0&all=0&whatever=0");
        Assert.Equal(HttpStatusCode.BadRequest, (await Api.SendAsync(HttpMethod.Get, "/containers/json?whatever=1")).Status);
        await RemoveAsync(first);
        await RemoveAsync(second);

        async Task<string[]> ListAsync(string query) => [.. (await Api.GetAsync($"/containers/json?{query}"))!.AsArray().Select(container => container!["Id"]!.GetValue<string>())];
    }

    [Fact]
    public async Task Body_of_a_create_may_be_repeated_in_the_query()
    {
        RequireBusybox();
        string name = UniqueName("repeated");
        JsonNode? created = await Api.PostAsync($"/containers/create?name={name}&Image=busybox&Cmd=%5B%22true%22%5D&AttachStdin=false", Body("true"));
        await RemoveAsync(created!["Id"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.BadRequest, (await Api.SendAsync(HttpMethod.Get, "/containers/json?Image=busybox")).Status);
    }

    [Fact]
    public async Task Streams_that_the_creator_attaches_are_told()
    {
        RequireBusybox();
        var body = Body("true");
        body["AttachStdin"] = true;
        body["AttachStderr"] = true;
        string id = await CreateAsync(body);
        JsonNode configuration = (await Api.GetAsync($"/containers/{id}/json"))!["Config"]!;
        Assert.Equal((true, false, true), (configuration["AttachStdin"]!.GetValue<bool>(), configuration["AttachStdout"]!.GetValue<bool>(), configuration["AttachStderr"]!.GetValue<bool>()));
        await RemoveAsync(id);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("restart")]
    public async Task Signal_of_the_caller_takes_the_place_of_the_containers_own(string action)
    {
        RequireBusybox();
        var body = Body("sh", "-c", "trap 'echo INT; exit 3' INT; trap 'echo TERM; exit 4' TERM; echo ready; while :; do sleep 1 & wait $!; done");
        body["HostConfig"] = new JsonObject { ["RestartPolicy"] = new JsonObject { ["Name"] = "always" } };
        string id = await RunAsync(body);
        await using (RawConnection log = await RawConnection.OpenAsync(Api))
        {
            await log.SendAsync($"GET /containers/{id}/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\r\n");
            await log.ReadUntilAsync("ready");
        }

        await Api.PostAsync($"/containers/{id}/{action}?signal=SIGINT&t=60");
        JsonNode state = (await Api.GetAsync($"/containers/{id}/json"))!["State"]!;
        Assert.Equal(action == "restart", state["Running"]!.GetValue<bool>());
        Assert.Contains("INT", await Api.Client.GetStringAsync($"/containers/{id}/logs?stdout=1", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/restart?signal=NONE")).Status);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Container_with_new_limits_can_be_restarted()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "1000"));
        (HttpStatusCode status, string text) = await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/update", new JsonObject { ["Memory"] = 128 << 20, ["MemorySwap"] = 256 << 20 });
        if (status == HttpStatusCode.NotImplemented)
        {
            await RemoveAsync(id);
            Assert.Skip($"missing capability: limits of memory ({text})");
        }

        Assert.Equal(HttpStatusCode.OK, status);
        await Api.PostAsync($"/containers/{id}/restart?t=0");
        Assert.True((await Api.GetAsync($"/containers/{id}/json"))!["State"]!["Running"]!.GetValue<bool>());
        await RemoveAsync(id);
    }
}
