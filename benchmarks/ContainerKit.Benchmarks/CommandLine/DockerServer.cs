using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.CommandLine;

/// <summary>dockerd and containerd, with a bridge in a network namespace of their own.</summary>
internal sealed class DockerServer : ICommandLineServer
{
    private readonly DockerDaemons _daemons;
    private readonly string _home;

    private DockerServer(DockerDaemons daemons, string home) => (_daemons, _home) = (daemons, home);

    public string Name => "docker";

    public bool IsOurs => false;

    public ExternalCommand Client => _daemons.Client;

    /// <summary>Starts it.</summary>
    /// <exception cref="PlatformNotSupportedException">Something is not installed.</exception>
    public static async Task<DockerServer> StartAsync(Workspace workspace, string docker, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("dockerd") is not { } dockerd || ExternalCommand.Find("containerd") is not { } containerd)
            throw new PlatformNotSupportedException("no dockerd or no containerd (apt-get install docker.io)");
        return new DockerServer(await DockerDaemons.StartAsync(workspace, docker, dockerd, containerd, DockerNetwork.Own, cancellationToken), workspace.PathOf("docker"));
    }

    /// <summary>Shims have the socket of containerd on their command line.</summary>
    public IReadOnlyCollection<int> Processes() => ProcessTable.FindByCommandLine(_home);

    public ValueTask DisposeAsync() => _daemons.DisposeAsync();
}
