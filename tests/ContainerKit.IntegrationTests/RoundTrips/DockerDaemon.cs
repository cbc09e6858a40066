using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>A dockerd and its containerd that share nothing with those of the machine: own sockets, data and state, and no network unless it is given one.</summary>
internal sealed class DockerDaemon : IAsyncDisposable
{
    private readonly ServerProcess _containerd;
    private readonly ServerProcess _dockerd;

    private DockerDaemon(ServerProcess containerd, ServerProcess dockerd, Peer client)
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
        var first = ServerProcess.Start(Path.Combine(home, "containerd.log"), containerd, "--config", configuration);
        ServerProcess? second = null;
        try
        {
            await RequireAsync(first, "containerd", () => Task.FromResult(File.Exists(Path.Combine(home, "containerd.sock"))), cancellationToken);
            string[] network = usesBridge ? [] : ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
            second = ServerProcess.Start(
                Path.Combine(home, "dockerd.log"), [dockerd, "--config-file", daemonConfiguration, "--host", $"unix://{home}/docker.sock", "--containerd", $"{home}/containerd.sock",
                "--data-root", $"{home}/data", "--exec-root", $"{home}/state", "--pidfile", $"{home}/docker.pid", "--storage-driver", "overlay2", .. network]);
            var client = new Peer(docker, [], new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{home}/docker.sock", ["DOCKER_CONFIG"] = $"{home}/client" });
            await RequireAsync(second, "dockerd", async () => (await client.TryRunAsync(cancellationToken, "version")).ExitCode == 0, cancellationToken);
            return new DockerDaemon(first, second, client);
        }
        catch
        {
            if (second is not null)
            {
                await second.DisposeAsync();
            }
            await first.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _dockerd.DisposeAsync();
        await _containerd.DisposeAsync();
    }

    private static async Task RequireAsync(ServerProcess server, string name, Func<Task<bool>> isReady, CancellationToken cancellationToken)
        => Assert.SkipUnless(await server.WaitAsync(isReady, cancellationToken), $"missing capability: a machine where {name} starts: {server.Log.TrimEnd().Split('\n')[^1]}");
}
