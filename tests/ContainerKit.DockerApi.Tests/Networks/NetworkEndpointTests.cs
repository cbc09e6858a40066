using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.DockerApi.Tests.Images;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Networks;

public sealed class NetworkEndpointTests(ApiFixture api) : ApiTest(api)
{
    private void RequireNetworks()
    {
        if (!Api.Engine.Networks.IsAvailable)
            Assert.Skip($"missing capability: networks ({Api.Engine.Networks.UnavailableReason})");
    }

    [Fact]
    public async Task A_network_is_made_as_it_is_asked_for()
    {
        RequireNetworks();
        JsonNode made = (await Api.PostAsync("/networks/create", new JsonObject
        {
            ["Name"] = "api-net",
            ["Driver"] = "bridge",
            ["Internal"] = true,
            ["CheckDuplicate"] = true,
            ["Labels"] = new JsonObject { ["a"] = "b" },
            ["IPAM"] = new JsonObject { ["Driver"] = "default", ["Config"] = new JsonArray(new JsonObject { ["Subnet"] = "10.211.7.9/24", ["Gateway"] = "10.211.7.254", ["IPRange"] = "10.211.7.128/25" }) },
        }))!;

        JsonNode network = (await Api.GetAsync("/v1.41/networks/api-net"))!;
        Assert.Equal(made["Id"]!.GetValue<string>(), network["Id"]!.GetValue<string>());
        Assert.True(network["Internal"]!.GetValue<bool>());
        Assert.Equal("b", network["Labels"]!["a"]!.GetValue<string>());
        Assert.Equal("""{"Subnet":"10.211.7.0/24","IPRange":"10.211.7.128/25","Gateway":"10.211.7.254"}""", network["IPAM"]!["Config"]![0]!.ToJsonString());
        Assert.Single((await Api.GetAsync("/networks?filters=" + Uri.EscapeDataString("""{"label":["a=b"],"name":["api-net"]}""")))!.AsArray());

        (HttpStatusCode status, string body) = await Api.SendAsync(HttpMethod.Post, "/networks/create", new JsonObject { ["Name"] = "api-net" });
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("network with name api-net already exists", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await Api.SendAsync(HttpMethod.Delete, "/networks/api-net")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Delete, "/networks/api-net")).Status);
    }

    [Fact]
    public async Task A_container_is_connected_and_disconnected()
    {
        RequireNetworks();
        await ImageArchive.ImportAsync(Api, "api-net:base", "changes=CMD%20%5B%22x%22%5D");
        Container container = await Api.Engine.Containers.CreateAsync(ContainerSpec.FromImage("api-net:base"), TestContext.Current.CancellationToken);
        string id = (await Api.PostAsync("/networks/create", new JsonObject { ["Name"] = "api-connect" }))!["Id"]!.GetValue<string>();

        (HttpStatusCode status, string body) = await Api.SendAsync(
            HttpMethod.Post, "/networks/api-connect/connect", new JsonObject { ["Container"] = container.Id, ["EndpointConfig"] = new JsonObject { ["Aliases"] = new JsonArray("web") } });
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Contains((await container.InspectAsync(TestContext.Current.CancellationToken)).NetworkAttachments, each => each.Network == id && each.Aliases.Contains("web"));
        Assert.Equal(HttpStatusCode.OK, (await Api.SendAsync(HttpMethod.Post, "/networks/api-connect/disconnect", new JsonObject { ["Container"] = container.Id })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Post, "/networks/api-connect/connect", new JsonObject { ["Container"] = "none" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Post, "/networks/nowhere/connect", new JsonObject { ["Container"] = container.Id })).Status);
        await container.RemoveAsync(force: true, TestContext.Current.CancellationToken);
        await Api.CallAsync(HttpMethod.Delete, "/networks/api-connect");
    }

    [Fact]
    public async Task Running_container_is_inspected_while_networks_are_locked()
    {
        RequireNetworks();
        RequireBusybox();
        string network = (await Api.PostAsync("/networks/create", new JsonObject { ["Name"] = "api-locked" }))!["Id"]!.GetValue<string>();
        JsonObject body = Body("sleep", "1000");
        body["HostConfig"] = new JsonObject { ["NetworkMode"] = "api-locked" };
        string id = await RunAsync(body);
        JsonNode running;
        using (await HoldNetworksAsync())
            running = (await Api.GetAsync($"/containers/{id}/json"))!;

        Assert.Equal("api-locked", running["HostConfig"]!["NetworkMode"]!.GetValue<string>());
        (string name, JsonNode? endpoint) = Assert.Single(running["NetworkSettings"]!["Networks"]!.AsObject());
        Assert.Equal(("api-locked", network), (name, endpoint!["NetworkID"]!.GetValue<string>()));
        Assert.NotEmpty(endpoint["IPAddress"]!.GetValue<string>());

        // The one that has ended has to ask for them.
        await Api.PostAsync($"/containers/{id}/kill");
        await WaitAsync(id);
        JsonNode ended = (await Api.GetAsync($"/containers/{id}/json"))!;
        Assert.Equal("api-locked", ended["HostConfig"]!["NetworkMode"]!.GetValue<string>());
        Assert.Equal(network, ended["NetworkSettings"]!["Networks"]!["api-locked"]!["NetworkID"]!.GetValue<string>());
        await RemoveAsync(id);
        await Api.CallAsync(HttpMethod.Delete, "/networks/api-locked");
    }

    /// <summary>The lock of networks, exclusively, as another process would have it. FileShare.None is flock(2).</summary>
    private async Task<FileStream> HoldNetworksAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(ApiFixture.Patience);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Api.Engine.DataRoot, "networks", "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
            }
        }
    }

    [Fact]
    public async Task What_is_there_from_the_beginning_stays()
    {
        RequireNetworks();
        Assert.Equal(HttpStatusCode.Forbidden, (await Api.SendAsync(HttpMethod.Delete, "/networks/bridge")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Api.SendAsync(HttpMethod.Delete, "/networks/host")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Api.SendAsync(HttpMethod.Post, "/networks/create", new JsonObject { ["Name"] = "host" })).Status);
        string[] names = [.. (await Api.GetAsync("/networks?filters=" + Uri.EscapeDataString("""{"type":{"builtin":true}}""")))!.AsArray().Select(network => network!["Name"]!.GetValue<string>())];
        Assert.Equal(["bridge", "host", "none"], names);
    }

    [Theory]
    [InlineData("""{"Driver":"bridge"}""", "Name")]
    [InlineData("""{"Name":"x","Scope":"swarm"}""", "Scope")]
    [InlineData("""{"Name":"x","Ingress":true}""", "Ingress")]
    [InlineData("""{"Name":"x","ConfigOnly":true}""", "ConfigOnly")]
    [InlineData("""{"Name":"x","IPAM":{"Driver":"dhcp"}}""", "dhcp")]
    [InlineData("""{"Name":"x","IPAM":{"Config":[{"Subnet":"10.0.0.0/99"}]}}""", "Subnet")]
    [InlineData("""{"Name":"x","IPAM":{"Config":[{"Gateway":"nowhere"}]}}""", "Gateway")]
    [InlineData("""{"Name":}""", "invalid JSON")]
    public async Task What_can_not_be_made_is_refused(string body, string message)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Api.Client.PostAsync("/networks/create", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(message, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
