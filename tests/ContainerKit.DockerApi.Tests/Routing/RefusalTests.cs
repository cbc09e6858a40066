using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Routing;

/// <summary>What dockerd refuses is refused here, with words that say why.</summary>
public sealed class RefusalTests(ApiFixture api) : ApiTest(api)
{
    [Theory]
    [InlineData("{\"Image\":\"x\"}", "text/plain", "unsupported Content-Type header (text/plain; charset=utf-8): must be 'application/json'")]
    [InlineData("{\"Image\":\"x\"}", null, "unsupported Content-Type header (): must be 'application/json'")]
    [InlineData("{\"Image\":5}", "application/json", "invalid JSON: the value of Image has the wrong type (at byte 11 of line 1)")]
    [InlineData("{\"HostConfig\":{\"Memory\":{}}}", "application/json", "invalid JSON: the value of HostConfig.Memory has the wrong type")]
    [InlineData("{\"Image\":", "application/json", "invalid JSON: ")]
    public async Task Body_that_is_none(string body, string? type, string message)
    {
        using var content = new StringContent(body, Encoding.UTF8, type ?? "text/plain");
        if (type is null)
            content.Headers.ContentType = null;
        using HttpResponseMessage response = await Api.Client.PostAsync("/containers/create", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(message, await MessageAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_end_before_they_begin()
    {
        (HttpStatusCode status, string text) = await Api.SendAsync(HttpMethod.Get, "/events?since=5&until=2");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("`since` time (5) cannot be after `until` time (2)", (string?)JsonNode.Parse(text)!["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody:alias")]
    [InlineData("/nobody:/self/alias")]
    public async Task Link_to_nobody(string link)
    {
        RequireBusybox();
        JsonObject body = Body("true");
        body["HostConfig"] = new JsonObject { ["Links"] = Words(link) };
        (HttpStatusCode status, string text) = await Api.SendAsync(HttpMethod.Post, "/containers/create", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("could not get container for nobody: No such container: nobody", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host", "connect", "container cannot be disconnected from host network or connected to host network")]
    [InlineData("host", "disconnect", "container cannot be disconnected from host network or connected to host network")]
    [InlineData("none", "connect", "choose it when the container is created")]
    public async Task Network_that_is_not_connected(string network, string action, string message)
    {
        RequireBusybox();
        string id = await CreateAsync(Body("true"));
        (HttpStatusCode status, string text) = await Api.SendAsync(HttpMethod.Post, $"/networks/{network}/{action}", new JsonObject { ["Container"] = id });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(message, text, StringComparison.Ordinal);
        await RemoveAsync(id);
    }

    private static async Task<string> MessageAsync(HttpResponseMessage response)
        => (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["message"]!;
}
