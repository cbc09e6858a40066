using System.Diagnostics;
using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>A dockerd and its containerd that share nothing with those of the machine: own sockets, data and state, and no network unless it is given one.</summary>
internal sealed class DockerDaemon : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _containerd;
    private readonly Process _dockerd;

    private DockerDaemon(Process containerd, Process dockerd, Peer client)
    {
        _containerd = containerd;
        _dockerd = dockerd;
        Client = client;
    }

    /// <summary>The docker command, connected to it.</summary>
    public Peer Client { get; }

    /// <summary>Starts both and waits until the daemon answers; skips the test where they can't be had.</summary>
    /// <param name="home">A directory of their own, whose path is short (unix(7)).</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="usesBridge">True: with its bridge and its rules of iptables, in this process's network namespace.</param>
    public static async Task<DockerDaemon> StartAsync(string home, CancellationToken cancellationToken, bool usesBridge = false)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, for dockerd");
        string docker = Capability.Require("docker", "docker.io");
        string dockerd = Capability.Require("dockerd", "docker.io");
        string containerd = Capability.Require("containerd", "containerd");
        string configuration = Path.Combine(home, "containerd.toml");
        await File.WriteAllTextAsync(configuration, $"""
            version = 2
            root = "{home}/containerd"
            state = "{home}/containerd-state"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
              address = "{home}/containerd.sock"
            """, cancellationToken);
        string daemonConfiguration = Path.Combine(home, "daemon.json");
        await File.WriteAllTextAsync(daemonConfiguration, "{}", cancellationToken);
        Process first = Start(Path.Combine(home, "containerd.log"), containerd, "--config", configuration);
        Process? second = null;
        try
        {
            await WaitAsync(first, home, "containerd", () => Task.FromResult(File.Exists(Path.Combine(home, "containerd.sock"))), cancellationToken);
            string[] network = usesBridge ? [] : ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
            second = Start(
                Path.Combine(home, "dockerd.log"), [dockerd, "--config-file", daemonConfiguration, "--host", $"unix://{home}/docker.sock", "--containerd", $"{home}/containerd.sock",
                "--data-root", $"{home}/data", "--exec-root", $"{home}/state", "--pidfile", $"{home}/docker.pid", "--storage-driver", "overlay2", .. network]);
            var client = new Peer(docker, [], new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{home}/docker.sock", ["DOCKER_CONFIG"] = $"{home}/client" });
            await WaitAsync(second, home, "dockerd", async () => (await client.TryRunAsync(cancellationToken, "version")).ExitCode == 0, cancellationToken);
            return new DockerDaemon(first, second, client);
        }
        catch
        {
            await StopAsync(second);
            await StopAsync(first);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_dockerd);
        await StopAsync(_containerd);
    }

    private static Process Start(string log, params string[] command)
    {
        // The shell redirects and then becomes the daemon, so that the process id stays the same.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", log, .. command]) { RedirectStandardInput = true };
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static async Task WaitAsync(Process process, string home, string name, Func<Task<bool>> isReady, CancellationToken cancellationToken)
    {
        while (!await isReady())
        {
            string log = Path.Combine(home, name + ".log");
            Assert.SkipWhen(process.HasExited, $"missing capability: a machine where {name} starts: {(File.Exists(log) ? File.ReadLines(log).LastOrDefault() : "")}");
            await Task.Delay(50, cancellationToken);
        }
    }

    private static async Task StopAsync(Process? process)
    {
        if (process is null)
        {
            return;
        }
        using Process owned = process;
        if (!process.HasExited)
        {
            using Process kill = Process.Start("/bin/sh", ["-c", "kill -TERM \"$0\"", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(CancellationToken.None);
        }
        using var limit = new CancellationTokenSource(StopLimit);
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
