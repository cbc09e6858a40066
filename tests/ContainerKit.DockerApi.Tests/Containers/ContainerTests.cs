using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Containers;

public sealed class ContainerTests(ApiFixture api) : ApiTest(api)
{
    [Fact]
    public async Task Container_goes_through_its_life()
    {
        RequireBusybox();
        string name = UniqueName("life");
        string id = await CreateAsync(Body("sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"), name);
        Assert.Equal("created", (await Api.GetAsync($"/containers/{name}/json"))!["State"]!["Status"]!.GetValue<string>());

        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Post, $"/containers/{name}/start")).Status);
        Assert.Equal(HttpStatusCode.NotModified, (await Api.SendAsync(HttpMethod.Post, $"/containers/{name}/start")).Status);
        JsonNode running = (await Api.GetAsync($"/v1.41/containers/{id[..12]}/json"))!;
        Assert.Equal($"/{name}", running["Name"]!.GetValue<string>());
        Assert.True(running["State"]!["Running"]!.GetValue<bool>());
        Assert.True(running["State"]!["Pid"]!.GetValue<int>() > 0);
        Assert.Equal("0001-01-01T00:00:00Z", running["State"]!["FinishedAt"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Delete, $"/containers/{name}")).Status);

        await Api.PostAsync($"/containers/{name}/rename?name={name}-b");
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Get, $"/containers/{name}/json")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/stop?signal=KILL")).Status);
        Assert.Equal(HttpStatusCode.NotModified, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/stop")).Status);
        Assert.Equal(137, await WaitAsync(id));
        Assert.Equal(HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/kill")).Status);
        string end = (await Api.GetAsync($"/containers/{id}/json"))!["State"]!["FinishedAt"]!.GetValue<string>();

        // As Docker: the last end stays known while it runs again.
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/start")).Status);
        JsonNode again = (await Api.GetAsync($"/containers/{id}/json"))!["State"]!;
        Assert.Equal(("running", end), (again["Status"]!.GetValue<string>(), again["FinishedAt"]!.GetValue<string>()));
        Assert.NotEqual("0001-01-01T00:00:00Z", end);
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/stop?signal=KILL")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Delete, $"/containers/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Delete, $"/containers/{id}")).Status);
    }

    [Fact]
    public async Task Inspect_returns_what_create_was_given()
    {
        RequireBusybox();
        JsonObject body = Body("sh", "-c", "a b");
        body["Env"] = Words("A=1", "B=x=y");
        body["Labels"] = new JsonObject { ["one"] = "1" };
        body["WorkingDir"] = "/tmp";
        body["Hostname"] = "web";
        body["ExposedPorts"] = new JsonObject { ["81/udp"] = new JsonObject() };
        body["Healthcheck"] = new JsonObject { ["Test"] = Words("CMD-SHELL", "true"), ["Interval"] = 2_000_000_000L, ["Retries"] = 4 };
        body["HostConfig"] = new JsonObject
        {
            ["RestartPolicy"] = new JsonObject { ["Name"] = "on-failure", ["MaximumRetryCount"] = 3 },
            ["Tmpfs"] = new JsonObject { ["/t"] = "size=1m" },
            ["CapAdd"] = Words("CAP_NET_ADMIN"),
            ["LogConfig"] = new JsonObject { ["Type"] = "json-file", ["Config"] = new JsonObject { ["max-size"] = "10k", ["max-file"] = "2" } },
            ["NetworkMode"] = "none",
            ["ShmSize"] = 33554432,
            ["Annotations"] = new JsonObject { ["a.b"] = "c" },
            ["ReadonlyRootfs"] = true,
        };
        string id = await CreateAsync(body);

        JsonNode inspected = (await Api.GetAsync($"/containers/{id}/json"))!;
        JsonNode config = inspected["Config"]!;
        JsonNode host = inspected["HostConfig"]!;
        Assert.Contains("B=x=y", config["Env"]!.AsArray().Select(entry => entry!.GetValue<string>()));
        Assert.Contains("PATH=/bin", config["Env"]!.AsArray().Select(entry => entry!.GetValue<string>()));
        Assert.Equal("1", config["Labels"]!["one"]!.GetValue<string>());
        Assert.Equal("web", config["Hostname"]!.GetValue<string>());
        Assert.NotNull(config["ExposedPorts"]!["81/udp"]);
        Assert.Equal(2_000_000_000L, config["Healthcheck"]!["Interval"]!.GetValue<long>());
        Assert.Equal("sh", inspected["Path"]!.GetValue<string>());
        Assert.Equal(["-c", "a b"], inspected["Args"]!.AsArray().Select(word => word!.GetValue<string>()));
        Assert.Equal("on-failure", host["RestartPolicy"]!["Name"]!.GetValue<string>());
        Assert.Equal(3, host["RestartPolicy"]!["MaximumRetryCount"]!.GetValue<int>());
        Assert.Equal("none", host["NetworkMode"]!.GetValue<string>());
        Assert.Equal("10240", host["LogConfig"]!["Config"]!["max-size"]!.GetValue<string>());
        Assert.Equal(33554432, host["ShmSize"]!.GetValue<long>());
        Assert.Equal("c", host["Annotations"]!["a.b"]!.GetValue<string>());
        Assert.True(host["ReadonlyRootfs"]!.GetValue<bool>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task List_knows_filters_and_the_words_of_docker_ps()
    {
        RequireBusybox();
        string name = UniqueName("list");
        JsonObject body = Body("sh", "-c", "exit 3");
        body["Labels"] = new JsonObject { ["test"] = name };
        string id = await RunAsync(body, name);
        Assert.Equal(3, await WaitAsync(id));

        string filter = Uri.EscapeDataString($"{{\"label\":{{\"test={name}\":true}}}}");
        JsonNode listed = Assert.Single((await Api.GetAsync($"/containers/json?all=1&filters={filter}"))!.AsArray())!;
        Assert.Equal($"/{name}", listed["Names"]![0]!.GetValue<string>());
        Assert.Equal("exited", listed["State"]!.GetValue<string>());
        Assert.StartsWith("Exited (3) ", listed["Status"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("sh -c 'exit 3'", listed["Command"]!.GetValue<string>());
        Assert.Equal(BusyboxImage.Name, listed["Image"]!.GetValue<string>());
        Assert.Empty((await Api.GetAsync($"/containers/json?filters={filter}"))!.AsArray());
        Assert.Single((await Api.GetAsync($"/containers/json?size=1&filters={Uri.EscapeDataString($"{{\"status\":[\"exited\"],\"name\":[\"{name}\"]}}")}"))!.AsArray());

        (HttpStatusCode status, string error) = await Api.SendAsync(HttpMethod.Get, "/containers/json?filters=" + Uri.EscapeDataString("{\"bogus\":[\"1\"]}"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("invalid filter", error, StringComparison.Ordinal);
        JsonNode pruned = (await Api.PostAsync($"/containers/prune?filters={filter}"))!;
        Assert.Equal(id, Assert.Single(pruned["ContainersDeleted"]!.AsArray())!.GetValue<string>());
    }

    [Fact]
    public async Task Missing_command_leaves_its_exit_code_and_the_reason()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("no-such-command"));

        (HttpStatusCode status, string error) = await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/start");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("executable file not found", error, StringComparison.Ordinal);
        JsonNode state = (await Api.GetAsync($"/containers/{id}/json"))!["State"]!;
        Assert.Equal("created", state["Status"]!.GetValue<string>());
        Assert.Equal(127, state["ExitCode"]!.GetValue<int>());
        Assert.NotEmpty(state["Error"]!.GetValue<string>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Errors_have_the_words_that_clients_look_for()
    {
        RequireBusybox();
        string name = UniqueName("error");
        string id = await CreateAsync(Body("true"), name);

        (HttpStatusCode status, string body) = await Api.SendAsync(HttpMethod.Post, $"/containers/create?name={name}", Body("true"));
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("is already in use by container", body, StringComparison.Ordinal);
        (status, body) = await Api.SendAsync(HttpMethod.Post, "/containers/create", new JsonObject { ["Image"] = "nothing-of-the-kind" });
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("No such image: nothing-of-the-kind:latest", body, StringComparison.Ordinal);
        (status, body) = await Api.SendAsync(HttpMethod.Post, "/containers/no-such-container/start");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("No such container: no-such-container", body, StringComparison.Ordinal);
        (status, body) = await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/kill?signal=NOSUCH");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Invalid signal", body, StringComparison.Ordinal);
        (status, body) = await Api.SendAsync(HttpMethod.Post, $"/containers/{id}/stop?bogus=1");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("bogus", body, StringComparison.Ordinal);
        await RemoveAsync(id);
    }

    [Theory]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"StorageOpt\":{\"size\":\"1G\"}}}", "StorageOpt")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"CgroupParent\":\"x\"}}", "CgroupParent")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"Runtime\":\"runsc\"}}", "runtime name")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"Memory\":1000}}", "Minimum memory")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"SomethingNew\":7}}", "HostConfig.SomethingNew")]
    [InlineData("{\"Image\":\"busybox:local\",\"SomethingNew\":{\"a\":true}}", "SomethingNew")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"NetworkMode\":\"container:x\"},\"Hostname\":\"h\"}", "conflicting options")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/no/such\",\"Target\":\"/b\"}]}}", "does not exist")]
    [InlineData("{\"Image\":\"busybox:local\",\"HostConfig\":{\"LogConfig\":{\"Type\":\"syslog\"}}}", "syslog")]
    [InlineData("{\"Image\":\"\"}", "Image")]
    [InlineData("{\"Image\":5}", "invalid JSON")]
    [InlineData("[]", "invalid JSON")]
    [InlineData("", "invalid JSON")]
    public async Task What_can_not_be_done_is_refused_by_name(string body, string word)
    {
        RequireBusybox();
        using var content = new StringContent(body, global::System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Api.Client.PostAsync("/containers/create", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(word, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_fields_that_ask_for_nothing_are_passed_over()
    {
        RequireBusybox();
        JsonObject body = Body("true");
        body["FromTheFuture"] = "";
        body["HostConfig"] = new JsonObject { ["Later"] = false, ["Lists"] = new JsonArray(), ["Objects"] = new JsonObject { ["a"] = 0 } };

        await RemoveAsync(await CreateAsync(body));
    }

    [Fact]
    public async Task Wait_answers_before_the_container_starts()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("sh", "-c", "exit 5"));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/containers/{id}/wait?condition=next-exit");
        using HttpResponseMessage response = await Api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await Api.PostAsync($"/containers/{id}/start");

        JsonNode answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(5, answer["StatusCode"]!.GetValue<int>());
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Statistics_and_processes_are_those_of_the_container()
    {
        RequireBusybox();
        string id = await RunAsync(Body("sleep", "987"));

        JsonNode top = (await Api.GetAsync($"/containers/{id}/top?ps_args={Uri.EscapeDataString("-o pid,args")}"))!;
        JsonNode stats = (await Api.GetAsync($"/containers/{id}/stats?stream=0&one-shot=1"))!;

        Assert.Contains("sleep 987", top["Processes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(id, stats["id"]!.GetValue<string>());
        Assert.True(stats["cpu_stats"]!["online_cpus"]!.GetValue<int>() > 0);
        await Api.PostAsync($"/containers/{id}/kill");
        Assert.Equal(0, (await Api.GetAsync($"/containers/{id}/stats?stream=0"))!["cpu_stats"]!["cpu_usage"]!["total_usage"]!.GetValue<long>());
        Assert.Equal(HttpStatusCode.Conflict, (await Api.SendAsync(HttpMethod.Get, $"/containers/{id}/top")).Status);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Files_go_in_and_out_as_archives()
    {
        RequireBusybox();
        string id = await CreateAsync(Body("true"));
        using var archive = new MemoryStream();
        await using (var tar = new global::System.Formats.Tar.TarWriter(archive, leaveOpen: true))
        {
            await tar.WriteEntryAsync(
                new global::System.Formats.Tar.PaxTarEntry(global::System.Formats.Tar.TarEntryType.RegularFile, "hello") { DataStream = new MemoryStream("data"u8.ToArray()) },
                TestContext.Current.CancellationToken);
        }

        archive.Position = 0;
        using (HttpResponseMessage put = await Api.Client.PutAsync($"/containers/{id}/archive?path=/tmp&noOverwriteDirNonDir=true", new StreamContent(archive), TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, put.StatusCode);

        using var head = new HttpRequestMessage(HttpMethod.Head, $"/containers/{id}/archive?path=/tmp/hello");
        using HttpResponseMessage stat = await Api.Client.SendAsync(head, TestContext.Current.CancellationToken);
        JsonNode described = JsonNode.Parse(Convert.FromBase64String(stat.Headers.GetValues("X-Docker-Container-Path-Stat").Single()))!;
        Assert.Equal("hello", described["name"]!.GetValue<string>());
        Assert.Equal(4, described["size"]!.GetValue<long>());
        await using Stream body = await Api.Client.GetStreamAsync($"/containers/{id}/archive?path=/tmp/hello", TestContext.Current.CancellationToken);
        await using var reader = new global::System.Formats.Tar.TarReader(body);
        Assert.Equal("hello", (await reader.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken))!.Name);
        (HttpStatusCode status, string error) = await Api.SendAsync(HttpMethod.Get, $"/containers/{id}/archive?path=/nothing");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("Could not find the file /nothing", error, StringComparison.Ordinal);
        Assert.Contains((await Api.GetAsync($"/containers/{id}/changes"))!.AsArray(), change => change!["Path"]!.GetValue<string>() == "/tmp/hello");
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Events_tell_a_containers_life()
    {
        RequireBusybox();
        DateTimeOffset before = DateTimeOffset.UtcNow;
        string name = UniqueName("event");
        string id = await RunAsync(Body("sh", "-c", "exit 4"), name);
        Assert.Equal(4, await WaitAsync(id));
        await RemoveAsync(id);

        string filter = Uri.EscapeDataString($"{{\"container\":[\"{name}\"],\"node\":[\"ignored\"]}}");
        long since = before.ToUnixTimeSeconds();
        string lines = await Api.Client.GetStringAsync($"/events?since={since}&until={DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1}&filters={filter}", TestContext.Current.CancellationToken);

        JsonNode[] events = [.. lines.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["create", "start", "die", "destroy"], events.Select(happened => happened["Action"]!.GetValue<string>()));
        Assert.All(events, happened => Assert.Equal(id, happened["Actor"]!["ID"]!.GetValue<string>()));
        Assert.Equal("4", events[2]["Actor"]!["Attributes"]!["exitCode"]!.GetValue<string>());
        Assert.Equal(BusyboxImage.Name, events[2]["from"]!.GetValue<string>());
    }
}
