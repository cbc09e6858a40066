using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Clients;

/// <summary>docker-py, Debian's package python3-docker.</summary>
public sealed class DockerPyTests(ApiFixture api) : ApiTest(api)
{
    [Fact]
    public async Task Program_in_python_runs_builds_pushes_pulls_copies_and_listens()
    {
        RequireBusybox();
        string? python = await FindPythonAsync();
        if (python is null)
            Assert.Skip("missing capability: docker-py (Debian package python3-docker)");
        await using TestRegistry registry = await TestRegistry.StartAsync();
        (int code, string output, string error) = await ClientProgram.RunAsync(
            Api, python!, Path.GetTempPath(), Path.Combine(AppContext.BaseDirectory, "Clients", "docker_py.py"), Api.SocketPath, registry.Name);
        Assert.True(code == 0, $"{output}\n{error}");
    }

    private async Task<string?> FindPythonAsync()
    {
        foreach (string? python in (string?[])["/usr/bin/python3", ClientProgram.Find("python3")])
        {
            if (File.Exists(python) && (await ClientProgram.RunAsync(Api, python, "/", "-c", "import docker")).Code == 0)
                return python;
        }

        return null;
    }
}
