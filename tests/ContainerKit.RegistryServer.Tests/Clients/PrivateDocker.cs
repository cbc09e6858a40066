using System.Diagnostics;
using System.Globalization;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Clients;

/// <summary>A dockerd and its containerd that share nothing with those of the machine: own sockets, data and state, and no network.</summary>
internal sealed class PrivateDocker : IAsyncDisposable
{
    private readonly ClientWorkspace _workspace;
    private readonly Process _containerd;
    private readonly Process _dockerd;

    private PrivateDocker(ClientWorkspace workspace, Process containerd, Process dockerd) => (_workspace, _containerd, _dockerd) = (workspace, containerd, dockerd);

    public static async Task<PrivateDocker> StartAsync(ClientWorkspace workspace)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, for dockerd");
        ClientWorkspace.Require("docker", "docker.io");
        ClientWorkspace.Require("dockerd", "docker.io");
        ClientWorkspace.Require("containerd", "containerd");
        string home = workspace.Directory;
        await File.WriteAllTextAsync(workspace.PathOf("containerd.toml"), $"""
            version = 2
            root = "{home}/containerd"
            state = "{home}/containerd-state"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
              address = "{home}/containerd.sock"
            """, Stop);
        await File.WriteAllTextAsync(workspace.PathOf("daemon.json"), "{}", Stop);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        Process containerd = Start(workspace, "containerd", "--config", workspace.PathOf("containerd.toml"));
        Process? dockerd = null;
        try
        {
            await WaitAsync(containerd, () => File.Exists($"{home}/containerd.sock"), limit.Token);
            dockerd = Start(
                workspace, "dockerd", "--config-file", workspace.PathOf("daemon.json"), "--host", $"unix://{home}/docker.sock", "--containerd", $"{home}/containerd.sock",
                "--data-root", $"{home}/data", "--exec-root", $"{home}/state", "--pidfile", $"{home}/docker.pid", "--storage-driver", "vfs",
                "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false");
            await WaitAsync(dockerd, () => File.Exists($"{home}/docker.sock"), limit.Token);
            var docker = new PrivateDocker(workspace, containerd, dockerd);
            await docker.RunAsync("version");
            return docker;
        }
        catch
        {
            await StopAsync(dockerd);
            await StopAsync(containerd);
            throw;
        }
    }

    public Task<string> RunAsync(params string[] arguments)
        => _workspace.RunAsync("docker", arguments, ("DOCKER_HOST", $"unix://{_workspace.Directory}/docker.sock"), ("DOCKER_CONFIG", _workspace.PathOf("docker")));

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_dockerd);
        await StopAsync(_containerd);
    }

    private static Process Start(ClientWorkspace workspace, params string[] command)
    {
        // The shell redirects and then becomes the daemon, so that the process id stays the same.
        Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", workspace.PathOf(command[0] + ".log"), .. command]) { RedirectStandardInput = true })!;
        process.StandardInput.Close();
        return process;
    }

    private static async Task WaitAsync(Process process, Func<bool> isReady, CancellationToken cancellationToken)
    {
        while (!isReady())
        {
            Assert.SkipWhen(process.HasExited, "missing capability: a machine where dockerd and containerd start");
            await Task.Delay(50, cancellationToken);
        }
    }

    private static async Task StopAsync(Process? process)
    {
        if (process is null)
            return;
        using Process owned = process;
        if (!process.HasExited)
        {
            using Process kill = Process.Start("/bin/sh", ["-c", "kill -TERM \"$0\"", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(CancellationToken.None);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
