using System.Diagnostics;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Clients;

/// <summary>The docker command of Debian's package docker.io, or a newer one.</summary>
public sealed class DockerCommandTests(ApiFixture api) : ApiTest(api)
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "docker")).FirstOrDefault(File.Exists);

    private async Task<(int Code, string Output, string Error)> DockerAsync(string? input, params string[] arguments)
    {
        RequireBusybox();
        if (Program is null)
            Assert.Skip("missing capability: the docker command (Debian package docker.io)");
        var start = new ProcessStartInfo(Program, ["--host", $"unix://{Api.SocketPath}", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOCKER_CONFIG"] = Path.GetDirectoryName(Api.SocketPath)!;
        start.Environment.Remove("DOCKER_API_VERSION");
        start.Environment.Remove("DOCKER_CONTEXT");
        using Process docker = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(ApiFixture.Patience);
        await using CancellationTokenRegistration kill = patience.Token.Register(docker.Kill);
        Task<string> output = docker.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = docker.StandardError.ReadToEndAsync(CancellationToken.None);
        if (input is not null)
            await docker.StandardInput.WriteAsync(input);
        docker.StandardInput.Close();
        await docker.WaitForExitAsync(CancellationToken.None);
        return (docker.ExitCode, await output, await error);
    }

    [Fact]
    public async Task Run_has_the_commands_streams_and_exit_code()
        => Assert.Equal((42, "typed\nout\n", "err\n"), await DockerAsync("typed\n", "run", "--rm", "-i", BusyboxImage.Name, "sh", "-c", "cat; echo out; echo err >&2; exit 42"));

    [Fact]
    public async Task Run_without_input_gets_all_output()
    {
        (int code, string output, _) = await DockerAsync(null, "run", "--rm", BusyboxImage.Name, "sh", "-c", "cat; dd if=/dev/zero bs=65536 count=64 2>/dev/null | tr '\\0' x");

        Assert.Equal(0, code);
        Assert.Equal(64 * 65536, output.Length);
    }

    [Fact]
    public async Task Detached_container_is_executed_in_logged_and_removed()
    {
        string name = UniqueName("cli");
        Assert.Equal(0, (await DockerAsync(null, "run", "-d", "--name", name, BusyboxImage.Name, "sh", "-c", "echo here; sleep 1000")).Code);
        (int code, string output, _) = await DockerAsync("a\nb\n", "exec", "-i", name, "sh", "-c", "wc -l; exit 9");
        Assert.Equal((9, "2"), (code, output.Trim()));
        Assert.Contains(name, (await DockerAsync(null, "ps")).Output, StringComparison.Ordinal);
        Assert.Equal("running", (await DockerAsync(null, "inspect", "-f", "{{.State.Status}}", name)).Output.Trim());
        Assert.Equal(0, (await DockerAsync(null, "rm", "-f", name)).Code);
        Assert.NotEqual(0, (await DockerAsync(null, "logs", name)).Code);
    }

    [Fact]
    public async Task Missing_command_is_127()
    {
        (int code, _, string error) = await DockerAsync(null, "run", "--rm", BusyboxImage.Name, "no-such-command");

        Assert.Equal(127, code);
        Assert.Contains("executable file not found", error, StringComparison.Ordinal);
    }
}
