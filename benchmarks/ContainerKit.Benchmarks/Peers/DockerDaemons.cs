using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>A dockerd and its containerd that share nothing with those of the machine: own sockets, data and state.</summary>
internal sealed class DockerDaemons : IAsyncDisposable
{
    private readonly Daemon _containerd;
    private readonly Daemon _dockerd;

    private DockerDaemons(Daemon containerd, Daemon dockerd, ExternalCommand client)
    {
        _containerd = containerd;
        _dockerd = dockerd;
        Client = client;
    }

    /// <summary>The docker command line, connected to this daemon.</summary>
    public ExternalCommand Client { get; }

    /// <summary>Starts both and waits until the daemon answers.</summary>
    /// <exception cref="PeerFailedException">One of them did not start.</exception>
    public static async Task<DockerDaemons> StartAsync(
        Workspace workspace, string docker, string dockerd, string containerd, DockerNetwork network, CancellationToken cancellationToken)
    {
        var home = workspace.CreateDirectory("docker");

        // Fixed in the programs: the key of old dockerds, plugin directories, and the directory for sockets of shims.
        workspace.WatchForeignPaths("/etc/docker", "/etc/docker/key.json", "/run/docker", "/run/docker/plugins",
            "/run/containerd", "/run/containerd/s", "/run/containerd/fifo", "/run/runc", "/var/lib/docker");
        var address = Path.Combine(home, "containerd.sock");
        var containerdDaemon = StartContainerd(home, containerd, address);
        Daemon? dockerDaemon = null;
        try
        {
            var client = new ExternalCommand(docker)
            {
                Environment = new Dictionary<string, string>
                {
                    ["DOCKER_HOST"] = $"unix://{home}/docker.sock",
                    ["DOCKER_CONFIG"] = Path.Combine(home, "client"),
                },
            };
            await containerdDaemon.WaitUntilReadyAsync(_ => Task.FromResult(File.Exists(address)), cancellationToken);
            dockerDaemon = StartDockerd(home, dockerd, address, workspace.CgroupName, network);
            await dockerDaemon.WaitUntilReadyAsync(
                async stop => (await client.With("version").CaptureAsync(stop)).ExitCode == 0, cancellationToken);
            return new DockerDaemons(containerdDaemon, dockerDaemon, client);
        }
        catch
        {
            if (dockerDaemon is not null)
                await dockerDaemon.DisposeAsync();
            await containerdDaemon.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _dockerd.DisposeAsync();
        await _containerd.DisposeAsync();
    }

    private static Daemon StartContainerd(string home, string containerd, string address)
    {
        // The cri plugin is for Kubernetes; the opt plugin would create /opt/containerd. Docker uses neither.
        var config = Path.Combine(home, "containerd.toml");
        File.WriteAllText(config, $"""
            version = 2
            root = "{home}/containerd"
            state = "{home}/containerd-state"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
              address = "{address}"
            """);
        return Daemon.Start(new ExternalCommand(containerd, "--config", config), Path.Combine(home, "containerd.log"));
    }

    private static Daemon StartDockerd(string home, string dockerd, string containerdAddress, string cgroup, DockerNetwork network)
    {
        var config = Path.Combine(home, "daemon.json");
        File.WriteAllText(config, "{}");

        string[] options = network != DockerNetwork.None ? [] : ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
        string[] program = network == DockerNetwork.Own ? [ExternalCommand.Find("unshare") ?? "unshare", "--net", dockerd] : [dockerd];
        return Daemon.Start(
            new ExternalCommand(program[0], [
                .. program.Skip(1),
                "--config-file", config,
                "--host", $"unix://{home}/docker.sock",
                "--containerd", containerdAddress,
                "--data-root", Path.Combine(home, "data"),
                "--exec-root", Path.Combine(home, "state"),
                "--pidfile", Path.Combine(home, "docker.pid"),
                "--cgroup-parent", $"/{cgroup}/docker",
                .. options]),
            Path.Combine(home, "dockerd.log"));
    }
}
