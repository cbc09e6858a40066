using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Clients;

/// <summary>dockerode, npm's package, where NODE_PATH leads to it: <c>npm install --prefix DIRECTORY dockerode tar-fs</c>.</summary>
public sealed class DockerodeTests(ApiFixture api) : ApiTest(api)
{
    [Fact]
    public async Task Program_in_node_runs_builds_pushes_pulls_copies_and_listens()
    {
        RequireBusybox();
        string? node = ClientProgram.Find("node");
        if (node is null || (await ClientProgram.RunAsync(Api, node, "/", "-e", "for (const name of ['dockerode', 'tar-fs', 'tar-stream']) require(name)")).Code != 0)
            Assert.Skip("missing capability: dockerode and tar-fs of npm (npm install --prefix DIRECTORY dockerode tar-fs, NODE_PATH=DIRECTORY/node_modules)");
        await using TestRegistry registry = await TestRegistry.StartAsync();
        (int code, string output, string error) = await ClientProgram.RunAsync(
            Api, node, Path.GetTempPath(), Path.Combine(AppContext.BaseDirectory, "Clients", "dockerode.js"), Api.SocketPath, registry.Name);
        Assert.True(code == 0, $"{output}\n{error}");
    }
}
