using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Images;

public sealed class ImageTransferTests(ApiFixture api)
{
    [Fact]
    public async Task An_image_goes_to_a_registry_and_comes_back()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        string repository = $"{registry.Name}/team/app";
        string id = await ImageArchive.ImportAsync(api, $"{repository}:1");

        JsonObject[] pushed = await SendAsync($"/images/{repository}/push?tag=1");
        Assert.Equal($"The push refers to repository [{repository}]", Text(pushed[0], "status"));
        JsonObject result = pushed[^1]["aux"]!.AsObject();
        Assert.Matches("^sha256:[0-9a-f]{64}$", Text(result, "Digest"));
        Assert.Equal($"1: digest: {Text(result, "Digest")} size: {result["Size"]}", Text(pushed[^2], "status"));
        Assert.Contains(await SendAsync($"/images/{repository}/push?tag=1"), line => Text(line, "status") == "Layer already exists");

        JsonNode remote = (await api.GetAsync($"/distribution/{repository}:1/json"))!;
        Assert.Equal(Text(result, "Digest"), Text(remote["Descriptor"]!.AsObject(), "digest"));
        Assert.Equal("linux", Text(remote["Platforms"]![0]!.AsObject(), "os"));

        await api.CallAsync(HttpMethod.Delete, $"/images/{repository}:1");
        JsonObject[] pulled = await SendAsync($"/images/create?fromImage={repository}&tag=1");
        Assert.Equal($"Pulling from {repository}", Text(pulled[0], "status"));

        // What was removed is freed when nobody else is at it: a layer may be there still.
        Assert.Contains(pulled, line => Text(line, "status") is "Pull complete" or "Already exists");
        Assert.Equal($"Digest: {Text(result, "Digest")}", Text(pulled[^2], "status"));
        Assert.Equal($"Status: Downloaded newer image for {repository}:1", Text(pulled[^1], "status"));
        Assert.Equal(id, Text((await api.GetAsync($"/images/{repository}:1/json"))!.AsObject(), "Id"));
        Assert.Equal($"Status: Image is up to date for {repository}:1", Text((await SendAsync($"/images/create?fromImage={repository}:1"))[^1], "status"));
    }

    [Fact]
    public async Task All_tags_are_pulled_and_pushed_without_one()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        string repository = $"{registry.Name}/all";
        await ImageArchive.ImportAsync(api, $"{repository}:1");
        await ImageArchive.ImportAsync(api, $"{repository}:2");

        await SendAsync($"/images/{repository}/push");
        await api.CallAsync(HttpMethod.Delete, $"/images/{repository}:1");
        await api.CallAsync(HttpMethod.Delete, $"/images/{repository}:2");
        await SendAsync($"/images/create?fromImage={repository}");

        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, $"/images/{repository}:1/json")).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(HttpMethod.Get, $"/images/{repository}:2/json")).Status);
    }

    [Fact]
    public async Task What_the_registry_lacks_is_a_status_and_no_stream()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();

        (HttpStatusCode status, string body) = await api.SendAsync(HttpMethod.Post, $"/images/create?fromImage={registry.Name}/none&tag=x");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("manifest unknown", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_wants_the_credential_of_the_header()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        registry.User = "bob:secret";
        string repository = $"{registry.Name}/private";
        await ImageArchive.ImportAsync(api, $"{repository}:1");

        JsonObject[] refused = await SendAsync($"/images/{repository}/push?tag=1", Encode("""{"username":"bob","password":"wrong"}"""));
        Assert.NotNull(refused[^1]["errorDetail"]?["message"]);
        Assert.DoesNotContain("wrong", refused[^1].ToJsonString(), StringComparison.Ordinal);
        JsonObject[] taken = await SendAsync($"/images/{repository}/push?tag=1", Encode("""{"username":"bob","password":"secret"}"""));
        Assert.NotNull(taken[^1]["aux"]);
    }

    [Theory]
    [InlineData("%%%")]
    [InlineData("bm8ganNvbg==")]
    public async Task A_header_that_makes_no_sense_is_refused(string header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/images/create?fromImage=x&tag=1");
        request.Headers.TryAddWithoutValidation("X-Registry-Auth", header);
        using HttpResponseMessage response = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("X-Registry-Auth", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static string Encode(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).Replace('+', '-').Replace('/', '_');

    private static string? Text(JsonObject line, string name) => line[name]?.GetValue<string>();

    private async Task<JsonObject[]> SendAsync(string path, string? authentication = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (authentication is not null)
            request.Headers.TryAddWithoutValidation("X-Registry-Auth", authentication);
        using HttpResponseMessage response = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
