using System.Formats.Tar;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Builds;

public sealed class BuildEndpointTests(ApiFixture api)
{
    [Fact]
    public async Task A_build_tells_its_steps_and_the_image()
    {
        const string dockerfile = "FROM scratch\nCOPY f /a\nLABEL x=y\n";

        (_, JsonObject[] first) = await BuildAsync("t=api-build:1&t=api-build:2&labels=%7B%22q%22%3A%22r%22%7D", dockerfile);
        (_, JsonObject[] second) = await BuildAsync("t=api-build:1&labels=%7B%22q%22%3A%22r%22%7D", dockerfile);
        (_, JsonObject[] third) = await BuildAsync("t=api-build:1&nocache=1", dockerfile);

        string text = Join(first);
        Assert.StartsWith("Step 1/3 : FROM scratch\nStep 2/3 : COPY f /a\n", text, StringComparison.Ordinal);
        Assert.Contains("Successfully built ", text, StringComparison.Ordinal);
        Assert.EndsWith("Successfully tagged api-build:1\nSuccessfully tagged api-build:2\n", text, StringComparison.Ordinal);
        string id = first.Single(line => line["aux"] is not null)["aux"]!["ID"]!.GetValue<string>();
        Assert.Contains(" ---> Using cache\n", Join(second), StringComparison.Ordinal);
        Assert.Equal(id, second.Single(line => line["aux"] is not null)["aux"]!["ID"]!.GetValue<string>());
        Assert.DoesNotContain("Using cache", Join(third), StringComparison.Ordinal);
        JsonNode image = (await api.GetAsync("/images/api-build:2/json"))!;
        Assert.Equal(id, image["Id"]!.GetValue<string>());
        Assert.Equal("r", image["Config"]!["Labels"]!["q"]!.GetValue<string>());
    }

    [Fact]
    public async Task Quiet_is_the_id_alone()
    {
        (_, JsonObject[] lines) = await BuildAsync("q=1", "FROM scratch\nCOPY f /quiet\n");

        Assert.Matches("^sha256:[0-9a-f]{64}\n$", Join(lines));
    }

    [Fact]
    public async Task A_client_of_BuildKit_without_a_session_finds_the_image()
    {
        (_, JsonObject[] lines) = await BuildAsync("version=2&t=api-build:kit", "FROM scratch\nCOPY f /kit\n");

        Assert.Contains(lines, line => line["id"]?.GetValue<string>() == "moby.image.id" && line["aux"]!["ID"] is not null);
    }

    [Fact]
    public async Task A_command_that_fails_is_the_end_of_the_stream_with_its_code()
    {
        if (!ApiFixture.HasBusybox)
            Assert.Skip("missing capability: a static busybox");

        (HttpStatusCode status, JsonObject[] lines) = await BuildAsync("networkmode=none", "FROM busybox:local\nRUN echo before && exit 9\n");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("before\n", Join(lines), StringComparison.Ordinal);
        Assert.Equal(9, lines[^1]["errorDetail"]!["code"]!.GetValue<int>());
        Assert.Contains("returned a non-zero code: 9", lines[^1]["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_and_the_target_are_the_clients()
    {
        const string dockerfile = "FROM scratch AS one\nARG V=none\nARG W=none\nLABEL v=$V w=$W\nFROM scratch\nLABEL v=last\n";
        (_, JsonObject[] lines) = await BuildAsync("t=api-build:args&target=one&buildargs=" + Uri.EscapeDataString("""{"V":"given","W":null}"""), dockerfile);

        Assert.DoesNotContain(lines, line => line["error"] is not null);
        JsonNode labels = (await api.GetAsync("/images/api-build:args/json"))!["Config"]!["Labels"]!;
        Assert.Equal(("given", "none"), (labels["v"]!.GetValue<string>(), labels["w"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("", "FROM scratch\nBOGUS x\n", "Unknown instruction BOGUS")]
    [InlineData("dockerfile=None", "FROM scratch\n", "None")]
    [InlineData("bogus=1", "FROM scratch\n", "bogus")]
    [InlineData("session=abc&version=2", "FROM scratch\n", "DOCKER_BUILDKIT=0")]
    [InlineData("version=3", "FROM scratch\n", "version")]
    [InlineData("buildargs=%5B", "FROM scratch\n", "buildargs")]
    [InlineData("memory=x", "FROM scratch\n", "memory")]
    [InlineData("t=BAD", "FROM scratch\n", "invalid reference format")]
    [InlineData("cgroupparent=x", "FROM scratch\n", "cgroupparent")]
    [InlineData("isolation=hyperv", "FROM scratch\n", "isolation")]
    [InlineData("remote=http://x/y.tar", "FROM scratch\n", "git repository")]
    public async Task What_can_not_be_built_is_a_status_and_no_stream(string query, string dockerfile, string message)
    {
        (HttpStatusCode status, JsonObject[] lines) = await BuildAsync(query, dockerfile);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(message, lines[0]["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cache_is_pruned()
    {
        JsonNode report = (await api.PostAsync("/build/prune?all=1&filters=" + Uri.EscapeDataString("""{"until":["1000h"]}""")))!;

        Assert.True(report["SpaceReclaimed"]!.GetValue<long>() >= 0);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.SendAsync(HttpMethod.Post, "/build/prune?keep-storage=5")).Status);
    }

    private static string Join(JsonObject[] lines) => string.Concat(lines.Select(line => line["stream"]?.GetValue<string>()));

    private async Task<(HttpStatusCode Status, JsonObject[] Lines)> BuildAsync(string query, string dockerfile)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string name, string content) in (ReadOnlySpan<(string, string)>)[("Dockerfile", dockerfile), ("f", "file")])
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
        }

        using HttpResponseMessage response = await api.Client.PostAsync($"/build?{query}", new ByteArrayContent(archive.ToArray()), TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, [.. text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())]);
    }
}
