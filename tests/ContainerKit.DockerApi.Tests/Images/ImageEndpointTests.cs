using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Images;

public sealed class ImageEndpointTests(ApiFixture api)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_is_imported_listed_inspected_and_removed()
    {
        string id = await ImageArchive.ImportAsync(api, "api-import:1", "changes=ENV%20A%3Db&changes=CMD%20%5B%22x%22%5D&message=note");

        JsonArray list = (await api.GetAsync("/v1.44/images/json?filters=" + Uri.EscapeDataString("""{"reference":{"api-import":true}}""")))!.AsArray();
        JsonNode image = Assert.Single(list)!;
        Assert.Equal(id, image["Id"]!.GetValue<string>());
        Assert.Equal(["api-import:1"], image["RepoTags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        Assert.Null(image["VirtualSize"]);
        Assert.NotNull((await api.GetAsync("/v1.41/images/json"))!.AsArray()[0]!["VirtualSize"]);

        JsonNode inspect = (await api.GetAsync("/images/api-import:1/json"))!;
        Assert.Contains("A=b", inspect["Config"]!["Env"]!.AsArray().Select(entry => entry!.GetValue<string>()));
        Assert.Equal("note", inspect["Comment"]!.GetValue<string>());
        Assert.Equal("overlay2", inspect["GraphDriver"]!["Name"]!.GetValue<string>());
        Assert.Single(inspect["RootFS"]!["Layers"]!.AsArray());
        Assert.Equal(id, (await api.GetAsync("/images/api-import:1/history"))![0]!["Id"]!.GetValue<string>());

        JsonArray removed = (await api.CallAsync(HttpMethod.Delete, "/images/api-import:1"))!.AsArray();
        Assert.Equal("api-import:1", removed[0]!["Untagged"]!.GetValue<string>());
        Assert.Equal(id, removed[1]!["Deleted"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_name_has_slashes_and_a_port_and_may_be_given_in_two_parts()
    {
        string id = await ImageArchive.ImportAsync(api, "api-tag:1");

        (HttpStatusCode status, _) = await api.SendAsync(HttpMethod.Post, "/images/api-tag:1/tag?repo=localhost:5000/a/b/tagged&tag=2");

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(id, (await api.GetAsync("/v1.41/images/localhost:5000/a/b/tagged:2/json"))!["Id"]!.GetValue<string>());
        JsonArray removed = (await api.CallAsync(HttpMethod.Delete, "/images/localhost:5000/a/b/tagged:2"))!.AsArray();
        Assert.Equal("localhost:5000/a/b/tagged:2", Assert.Single(removed)!["Untagged"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_saved_can_be_loaded()
    {
        string id = await ImageArchive.ImportAsync(api, "api-save:1");
        byte[] archive = await api.Client.GetByteArrayAsync("/images/get?names=api-save:1", Cancelled);
        await api.CallAsync(HttpMethod.Delete, "/images/api-save:1");

        using HttpResponseMessage response = await api.Client.PostAsync("/images/load?quiet=1", new ByteArrayContent(archive), Cancelled);

        Assert.Equal("Loaded image: api-save:1\n", JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancelled))!["stream"]!.GetValue<string>());
        Assert.Equal(id, (await api.GetAsync("/images/api-save:1/json"))!["Id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Load_tells_the_names_of_the_archive_and_not_those_that_the_image_had_already()
    {
        string id = await ImageArchive.ImportAsync(api, "api-load:1");
        foreach (string tag in (string[])["2", "kept"])
            await api.CallAsync(HttpMethod.Post, $"/images/api-load:1/tag?repo=api-load&tag={tag}");
        byte[] archive = await api.Client.GetByteArrayAsync("/images/get?names=api-load:1&names=api-load:2", Cancelled);
        await api.CallAsync(HttpMethod.Delete, "/images/api-load:1");

        using HttpResponseMessage response = await api.Client.PostAsync("/images/load", new ByteArrayContent(archive), Cancelled);

        string[] lines = (await response.Content.ReadAsStringAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["Loaded image: api-load:1\n", "Loaded image: api-load:2\n"], lines.Select(line => JsonNode.Parse(line)!["stream"]!.GetValue<string>()));
        JsonArray names = (await api.GetAsync($"/images/{id}/json"))!["RepoTags"]!.AsArray();
        Assert.Equal(["api-load:1", "api-load:2", "api-load:kept"], names.Select(name => name!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_container_becomes_an_image()
    {
        await ImageArchive.ImportAsync(api, "api-commit:base", "changes=ENV%20A%3Db&changes=CMD%20%5B%22x%22%5D");
        Container container = await api.Engine.Containers.CreateAsync(ContainerSpec.FromImage("api-commit:base").WithLabel("from", "spec"), Cancelled);

        (HttpStatusCode status, string body) = await api.SendAsync(
            HttpMethod.Post,
            $"/commit?container={container.Id}&repo=api-commit&tag=made&comment=msg&author=me&changes=WORKDIR%20%2Fw",
            new JsonObject { ["Env"] = new JsonArray("C=d"), ["Unknown"] = 1 });

        Assert.Equal(HttpStatusCode.Created, status);
        JsonNode image = (await api.GetAsync("/images/api-commit:made/json"))!;
        Assert.Equal(JsonNode.Parse(body)!["Id"]!.GetValue<string>(), image["Id"]!.GetValue<string>());
        Assert.Equal(["A=b", "C=d"], image["Config"]!["Env"]!.AsArray().Select(entry => entry!.GetValue<string>()).Where(entry => !entry.StartsWith("PATH=", StringComparison.Ordinal)));
        Assert.Equal("""["x"]""", image["Config"]!["Cmd"]!.ToJsonString());
        Assert.Equal(("msg", "me", "/w"), (image["Comment"]!.GetValue<string>(), image["Author"]!.GetValue<string>(), image["Config"]!["WorkingDir"]!.GetValue<string>()));
        Assert.Equal("spec", image["Config"]!["Labels"]!["from"]!.GetValue<string>());
        await container.RemoveAsync(force: true, Cancelled);
    }

    [Theory]
    [InlineData("GET", "/images/api-none/json", HttpStatusCode.NotFound, "No such image: api-none:latest")]
    [InlineData("GET", "/images/api-none:x/history", HttpStatusCode.NotFound, "No such image: api-none:x")]
    [InlineData("DELETE", "/images/api-none:x", HttpStatusCode.NotFound, "No such image: api-none:x")]
    [InlineData("POST", "/images/api-none/tag?repo=x", HttpStatusCode.NotFound, "No such image: api-none:latest")]
    [InlineData("POST", "/images/api-none/tag", HttpStatusCode.BadRequest, "repo")]
    [InlineData("GET", "/images/get?names=api-none", HttpStatusCode.NotFound, "No such image")]
    [InlineData("GET", "/images/get", HttpStatusCode.BadRequest, "names")]
    [InlineData("POST", "/images/api-none/tag?repo=BAD", HttpStatusCode.BadRequest, "invalid reference format")]
    [InlineData("GET", "/images/json?filters=%7B%22bogus%22%3A%7B%22x%22%3Atrue%7D%7D", HttpStatusCode.BadRequest, "bogus")]
    [InlineData("GET", "/images/json?bogus=1", HttpStatusCode.BadRequest, "bogus")]
    [InlineData("GET", "/images/search?term=x", HttpStatusCode.NotImplemented, "Docker Hub")]
    [InlineData("POST", "/images/create", HttpStatusCode.BadRequest, "fromImage")]
    [InlineData("POST", "/images/create?fromSrc=http://x/y.tar", HttpStatusCode.BadRequest, "fromSrc")]
    [InlineData("POST", "/images/load", HttpStatusCode.BadRequest, "")]
    [InlineData("POST", "/commit?container=api-none", HttpStatusCode.NotFound, "No such container: api-none")]
    [InlineData("POST", "/commit", HttpStatusCode.BadRequest, "container")]
    [InlineData("POST", "/images/api-none/push", HttpStatusCode.NotFound, "does not exist locally")]
    public async Task What_can_not_be_done_is_said_with_a_status(string method, string path, HttpStatusCode expected, string message)
    {
        (HttpStatusCode status, string body) = await api.SendAsync(new HttpMethod(method), path);

        Assert.Equal(expected, status);
        Assert.Contains(message, JsonNode.Parse(body)!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_of_another_platform_is_none()
    {
        await ImageArchive.ImportAsync(api, "api-platform:1", "platform=linux/s390x");

        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, "/images/api-platform:1/history?platform=" + Uri.EscapeDataString("""{"os":"linux","architecture":"s390x"}"""))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await api.SendAsync(HttpMethod.Get, "/images/api-platform:1/history?platform=" + Uri.EscapeDataString("""{"os":"linux","architecture":"arm64"}"""))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.SendAsync(HttpMethod.Get, "/images/api-platform:1/history?platform=%7Bbroken")).Status);
    }

    [Fact]
    public async Task Pruning_takes_what_has_no_name()
    {
        string id = await ImageArchive.ImportAsync(api, null, "changes=LABEL%20api-prune%3Dyes");

        JsonNode report = (await api.PostAsync("/images/prune?filters=" + Uri.EscapeDataString("""{"label":["api-prune"]}""")))!;

        Assert.Contains(report["ImagesDeleted"]!.AsArray(), entry => entry!["Deleted"]?.GetValue<string>() == id);
    }
}
