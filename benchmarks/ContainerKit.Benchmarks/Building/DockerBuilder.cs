using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Building;

/// <summary>The classic builder of a dockerd of our own, by the docker command line.</summary>
internal sealed class DockerBuilder : IBuildPeer
{
    private readonly List<string> _notes = ["the classic builder (DOCKER_BUILDKIT=0); the daemon is started before and not measured; bridge in a network namespace of its own"];
    private DockerDaemons? _daemons;
    private ExternalCommand? _client;

    public string Name => "docker";

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => _notes;

    private ExternalCommand Client => _client ?? throw new InvalidOperationException("docker is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("docker") is not { } docker)
            return "no docker command line (apt-get install docker.io)";
        if (ExternalCommand.Find("dockerd") is not { } dockerd || ExternalCommand.Find("containerd") is not { } containerd)
            return "no dockerd or no containerd (apt-get install docker.io)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";
        _daemons = await DockerDaemons.StartAsync(workspace, docker, dockerd, containerd, DockerNetwork.Own, cancellationToken);
        _client = _daemons.Client with { Environment = new Dictionary<string, string>(_daemons.Client.Environment) { ["DOCKER_BUILDKIT"] = "0" } };
        Version = await Client.With("version", "--format", "{{.Server.Version}} (client {{.Client.Version}})").CaptureSuccessAsync(cancellationToken);
        _notes.Add($"storage {await Client.With("info", "--format", "{{.Driver}}").CaptureSuccessAsync(cancellationToken)}");
        await Client.With("import", rootfs.ArchivePath, BuildFiles.BaseImage).CaptureSuccessAsync(cancellationToken);
        return null;
    }

    public Task BuildAsync(string context, string tag, CancellationToken cancellationToken)
        => Client.With("build", "--quiet", "--tag", tag, context).CaptureSuccessAsync(cancellationToken);

    public async Task ForgetAsync(string tag, CancellationToken cancellationToken)
    {
        await Client.With("rmi", "--force", tag).CaptureSuccessAsync(cancellationToken);
        await Client.With("image", "prune", "--force").CaptureSuccessAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemons is not null)
            await _daemons.DisposeAsync();
    }
}
