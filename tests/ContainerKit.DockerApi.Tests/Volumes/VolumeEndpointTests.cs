using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.DockerApi.Tests.Images;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Volumes;

public sealed class VolumeEndpointTests(ApiFixture api)
{
    [Fact]
    public async Task A_volume_is_made_once_listed_and_removed()
    {
        JsonObject body = new() { ["Name"] = "api-vol", ["Labels"] = new JsonObject { ["a"] = "b" } };
        (HttpStatusCode status, _) = await api.SendAsync(HttpMethod.Post, "/volumes/create", body);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(HttpStatusCode.Created, (await api.SendAsync(HttpMethod.Post, "/volumes/create", body)).Status);

        JsonNode volume = (await api.GetAsync("/v1.41/volumes/api-vol"))!;
        Assert.Equal(("local", "local"), (volume["Driver"]!.GetValue<string>(), volume["Scope"]!.GetValue<string>()));
        Assert.Equal("b", volume["Labels"]!["a"]!.GetValue<string>());
        Assert.Single((await api.GetAsync("/volumes?filters=" + Uri.EscapeDataString("""{"name":["api-vol"],"dangling":["true"]}""")))!["Volumes"]!.AsArray());
        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, "/volumes/api-vol")).Status);
        (status, string text) = await api.SendAsync(HttpMethod.Delete, "/volumes/api-vol");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("no such volume", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await api.SendAsync(HttpMethod.Delete, "/volumes/api-vol?force=1")).Status);
    }

    [Fact]
    public async Task Mount_and_unmount_are_told_in_docker_s_words()
    {
        if (!ApiFixture.HasBusybox)
            Assert.Skip("missing capability: a static busybox (Debian package busybox-static)");
        string volume = ApiTest.UniqueName("api-vol");
        string id = (await api.PostAsync("/containers/create", new JsonObject
        {
            ["Image"] = BusyboxImage.Name,
            ["Cmd"] = new JsonArray("true"),
            ["HostConfig"] = new JsonObject { ["Binds"] = new JsonArray($"{volume}:/one", $"{volume}:/two:ro", "/tmp:/host"), ["NetworkMode"] = "none" },
        }))!["Id"]!.GetValue<string>();
        await api.PostAsync($"/containers/{id}/start");
        await api.PostAsync($"/containers/{id}/wait");

        string filters = Uri.EscapeDataString($$"""{"volume":["{{volume}}"],"event":["mount","unmount"]}""");
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(ApiFixture.Patience);
        using var reader = new StreamReader(await api.Client.GetStreamAsync($"/events?since=1&filters={filters}", bound.Token));
        List<JsonNode> events = [];
        while (events.Count < 4)
            events.Add(JsonNode.Parse((await reader.ReadLineAsync(bound.Token))!)!);

        Assert.Equal(["mount", "mount", "unmount", "unmount"], events.Select(happened => (string)happened["Action"]!));
        Assert.All(events, happened => Assert.Equal(("volume", volume, "local"), ((string)happened["Type"]!, (string)happened["Actor"]!["ID"]!, (string)happened["scope"]!)));
        Assert.All(events, happened => Assert.Null(happened["status"]));
        string[] attributes = [.. events.Select(happened => happened["Actor"]!["Attributes"]!.ToJsonString())];
        Assert.Equal(
            new HashSet<string>
            {
                $$"""{"container":"{{id}}","destination":"/one","driver":"local","propagation":"","read/write":"true"}""",
                $$"""{"container":"{{id}}","destination":"/two","driver":"local","propagation":"","read/write":"false"}""",
            },
            attributes[..2].ToHashSet());
        Assert.All(attributes[2..], each => Assert.Equal($$"""{"container":"{{id}}","driver":"local"}""", each));
        await api.CallAsync(HttpMethod.Delete, $"/containers/{id}?force=1");
        await api.CallAsync(HttpMethod.Delete, $"/volumes/{volume}");
    }

    [Fact]
    public async Task One_that_a_container_uses_stays()
    {
        await ImageArchive.ImportAsync(api, "api-vol:base", "changes=CMD%20%5B%22x%22%5D");
        Container container = await api.Engine.Containers.CreateAsync(
            ContainerSpec.FromImage("api-vol:base").WithVolume("api-vol-used", "/v"), TestContext.Current.CancellationToken);

        (HttpStatusCode status, string text) = await api.SendAsync(HttpMethod.Delete, "/volumes/api-vol-used");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("volume is in use", text, StringComparison.Ordinal);
        await container.RemoveAsync(force: true, TestContext.Current.CancellationToken);
        await api.CallAsync(HttpMethod.Delete, "/volumes/api-vol-used");
    }

    [Fact]
    public async Task Pruning_takes_those_with_names_by_the_old_rule_only()
    {
        const string filters = "filters=%7B%22label%22%3A%5B%22api-vol-prune%22%5D%7D";
        JsonObject labels = new() { ["api-vol-prune"] = "" };
        await api.PostAsync("/volumes/create", new JsonObject { ["Name"] = "api-vol-kept", ["Labels"] = labels });
        string anonymous = (await api.PostAsync("/volumes/create", new JsonObject { ["Labels"] = labels.DeepClone() }))!["Name"]!.GetValue<string>();

        Assert.Matches("^[0-9a-f]{64}$", anonymous);
        Assert.Equal([anonymous], Deleted(await api.PostAsync($"/v1.44/volumes/prune?{filters}")));
        Assert.Equal(["api-vol-kept"], Deleted(await api.PostAsync($"/v1.41/volumes/prune?{filters}")));

        static string[] Deleted(JsonNode? report) => [.. report!["VolumesDeleted"]!.AsArray().Select(name => name!.GetValue<string>())];
    }

    [Theory]
    [InlineData("""{"Name":"api-vol-x","Driver":"nfs"}""")]
    [InlineData("""{"Name":"../x"}""")]
    [InlineData("""{"Name":"api-vol-x","ClusterVolumeSpec":{}}""")]
    public async Task What_can_not_be_made_is_refused(string body)
        => Assert.InRange((int)(await api.SendAsync(HttpMethod.Post, "/volumes/create", JsonNode.Parse(body))).Status, 400, 503);
}
