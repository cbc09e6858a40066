using System.Formats.Tar;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Clients;

/// <summary>What Testcontainers does around a test, with the version of the API that it pins itself to: every path begins with it.</summary>
public sealed class TestcontainersTests(ApiFixture api) : ApiTest(api)
{
    private const string Version = "/v1.44";

    private const string Port = "8080/tcp";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"PublishAllPorts":true}""")]
    [InlineData("""{"PortBindings":{"8080/tcp":[{"HostPort":"0"}]}}""")]
    [InlineData("""{"PortBindings":{"8080/tcp":[{"HostIp":"","HostPort":""}]},"AutoRemove":false,"Privileged":false}""")]
    public async Task Container_is_filled_awaited_reached_executed_in_read_from_and_removed_with_its_volumes(string hostConfig)
    {
        RequireBusybox();
        if (!Api.Engine.Networks.IsAvailable)
            Assert.Skip($"missing capability: networks ({Api.Engine.Networks.UnavailableReason})");
        Assert.NotNull((await Api.GetAsync($"{Version}/version"))!["ApiVersion"]);
        Assert.NotNull((await Api.GetAsync($"{Version}/info"))!["ServerVersion"]);
        Assert.NotNull((await Api.GetAsync($"{Version}/images/{BusyboxImage.Name}/json"))!["Id"]);

        // The program of busybox listens before it goes to the background: who has read the line can connect.
        string session = UniqueName("session");
        JsonObject body = Body("sh", "-c", "httpd -p 8080 -h /www && echo started && exec sleep 1000");
        body["ExposedPorts"] = new JsonObject { [Port] = new JsonObject() };
        body["Labels"] = new JsonObject { ["org.testcontainers"] = "true", ["org.testcontainers.sessionId"] = session };
        body["Volumes"] = new JsonObject { ["/data"] = new JsonObject() };
        body["HostConfig"] = JsonNode.Parse(hostConfig);
        string id = (await Api.PostAsync($"{Version}/containers/create", body))!["Id"]!.GetValue<string>();
        await PutAsync(id, "www/index.html", "copied before the start");
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Post, $"{Version}/containers/{id}/start")).Status);
        await AwaitLogAsync(id, "started\n");

        JsonNode inspected = (await Api.GetAsync($"{Version}/containers/{id}/json"))!;
        int port = int.Parse(inspected["NetworkSettings"]!["Ports"]![Port]![0]!["HostPort"]!.GetValue<string>(), null);
        using (var client = new HttpClient { Timeout = ApiFixture.Patience })
            Assert.Equal("copied before the start", await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/index.html"), Cancelled));

        Assert.Equal(("in\n", "err\n", 7), await ExecuteAsync(id, "sh", "-c", "echo in > /data/out; cat /data/out; echo err >&2; exit 7"));
        Assert.Equal("in\n", await GetAsync(id, "/data/out"));

        string filters = Uri.EscapeDataString($$"""{"label":["org.testcontainers=true","org.testcontainers.sessionId={{session}}"]}""");
        JsonNode listed = Assert.Single((await Api.GetAsync($"{Version}/containers/json?all=true&filters={filters}"))!.AsArray())!;
        Assert.Equal(id, listed["Id"]!.GetValue<string>());
        Assert.Contains(listed["Ports"]!.AsArray(), each => each!["PublicPort"]?.GetValue<int>() == port);
        string volume = Assert.Single(inspected["Mounts"]!.AsArray())!["Name"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.OK, (await Api.SendAsync(HttpMethod.Get, $"{Version}/volumes/{volume}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Delete, $"{Version}/containers/{id}?v=1&force=true")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Get, $"{Version}/containers/{id}/json")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Get, $"{Version}/volumes/{volume}")).Status);
        Assert.Empty((await Api.GetAsync($"{Version}/containers/json?all=true&filters={filters}"))!.AsArray());
    }

    private async Task PutAsync(string id, string path, string text)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            using var data = new MemoryStream(Encoding.UTF8.GetBytes(text));
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = data, Mode = (UnixFileMode)0x1a4 }, Cancelled);
        }

        using var content = new ByteArrayContent(archive.ToArray());
        content.Headers.ContentType = new("application/x-tar");
        using HttpResponseMessage response = await Api.Client.PutAsync($"{Version}/containers/{id}/archive?path=%2F", content, Cancelled);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancelled));
    }

    private async Task<string> GetAsync(string id, string path)
    {
        await using Stream body = await Api.Client.GetStreamAsync($"{Version}/containers/{id}/archive?path={Uri.EscapeDataString(path)}", Cancelled);
        await using var tar = new TarReader(body);
        TarEntry entry = (await tar.GetNextEntryAsync(copyData: true, Cancelled))!;
        using var reader = new StreamReader(entry.DataStream!);
        return await reader.ReadToEndAsync(Cancelled);
    }

    private async Task AwaitLogAsync(string id, string line)
    {
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync($"GET {Version}/containers/{id}/logs?follow=true&stdout=true&stderr=true&since=0 HTTP/1.1\r\nHost: docker\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.ReadUntilAsync(line);
    }

    private async Task<(string Output, string Error, int Code)> ExecuteAsync(string id, params string[] command)
    {
        var body = new JsonObject { ["Cmd"] = Words(command), ["AttachStdout"] = true, ["AttachStderr"] = true };
        string exec = (await Api.PostAsync($"{Version}/containers/{id}/exec", body))!["Id"]!.GetValue<string>();
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendHijackAsync($"{Version}/exec/{exec}/start", """{"Detach":false,"Tty":false}""");
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        (string output, string error) = await client.ReadFramesAsync();
        return (output, error, (await Api.GetAsync($"{Version}/exec/{exec}/json"))!["ExitCode"]!.GetValue<int>());
    }
}
