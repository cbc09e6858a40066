using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.SystemInfo;

public sealed class PingTests(ApiFixture api)
{
    [Theory]
    [InlineData("GET", "/_ping")]
    [InlineData("HEAD", "/_ping")]
    [InlineData("GET", "/v1.24/_ping")]
    [InlineData("HEAD", "/v1.51/_ping")]
    public async Task Ping_tells_the_version(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("1.51", response.Headers.GetValues("Api-Version").Single());
        Assert.Equal("linux", response.Headers.GetValues("Ostype").Single());
        Assert.Equal("inactive", response.Headers.GetValues("Swarm").Single());
        Assert.StartsWith("Docker/", response.Headers.Server.ToString(), StringComparison.Ordinal);
        Assert.Equal(method == "GET" ? "OK" : "", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/v1.99/version", "client version 1.99 is too new. Maximum supported API version is 1.51")]
    [InlineData("/v1.23/version", "client version 1.23 is too old. Minimum supported API version is 1.24")]
    [InlineData("/v2.0/version", "client version 2.0 is too new")]
    public async Task Version_out_of_range_is_refused_in_Dockers_words(string path, string message)
    {
        (HttpStatusCode status, string body) = await api.SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(message, JsonNode.Parse(body)!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_and_info_describe_the_engine()
    {
        JsonNode version = (await api.GetAsync("/version"))!;
        JsonNode info = (await api.GetAsync("/v1.41/info"))!;

        Assert.Equal("1.51", version["ApiVersion"]!.GetValue<string>());
        Assert.Equal("Engine", version["Components"]![0]!["Name"]!.GetValue<string>());
        Assert.Equal("linux", info["OSType"]!.GetValue<string>());
        Assert.Equal("inactive", info["Swarm"]!["LocalNodeState"]!.GetValue<string>());
        Assert.Equal(Environment.ProcessorCount, info["NCPU"]!.GetValue<int>());
        Assert.True(info["MemTotal"]!.GetValue<long>() > 0);
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "page not found")]
    [InlineData("GET", "/v1.44/swarm", HttpStatusCode.ServiceUnavailable, "swarm")]
    [InlineData("POST", "/services/create", HttpStatusCode.ServiceUnavailable, "swarm")]
    [InlineData("GET", "/plugins/a/b/json", HttpStatusCode.NotFound, "plugin \"a/b\" not found")]
    [InlineData("POST", "/session", HttpStatusCode.NotFound, "page not found")]
    public async Task What_is_not_there_says_so(string method, string path, HttpStatusCode expected, string message)
    {
        (HttpStatusCode status, string body) = await api.SendAsync(new HttpMethod(method), path);

        Assert.Equal(expected, status);
        Assert.Contains(message, JsonNode.Parse(body)!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
