using ContainerKit.Benchmarks.Distribution;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>Docker: the command line against a daemon of our own.</summary>
internal sealed class DockerImages : IImagePeer
{
    private const string ContainerName = "ckbench-commit";
    private readonly List<string> _notes = ["the daemon is started before and not measured"];
    private DockerDaemons? _daemons;

    public string Name => "docker";

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => _notes;

    private ExternalCommand Client => _daemons?.Client ?? throw new InvalidOperationException("docker is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("docker") is not { } docker)
            return "no docker command line (apt-get install docker.io)";
        if (ExternalCommand.Find("dockerd") is not { } dockerd || ExternalCommand.Find("containerd") is not { } containerd)
            return "no dockerd or no containerd (apt-get install docker.io)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";
        _daemons = await DockerDaemons.StartAsync(workspace, docker, dockerd, containerd, DockerNetwork.None, cancellationToken);
        Version = await Client.With("version", "--format", "{{.Server.Version}} (client {{.Client.Version}})").CaptureSuccessAsync(cancellationToken);
        _notes.Add($"storage {await Client.With("info", "--format", "{{.Driver}}").CaptureSuccessAsync(cancellationToken)}");
        return null;
    }

    public Task PullAsync(string name, CancellationToken cancellationToken) => Client.With("pull", "--quiet", name).CaptureSuccessAsync(cancellationToken);

    public Task TagAsync(string name, string newName, CancellationToken cancellationToken) => Client.With("tag", name, newName).CaptureSuccessAsync(cancellationToken);

    public Task PushAsync(string name, CancellationToken cancellationToken) => Client.With("push", "--quiet", name).CaptureSuccessAsync(cancellationToken);

    public Task LoadAsync(string archive, string name, CancellationToken cancellationToken)
        => Client.With("load", "--quiet", "--input", archive).CaptureSuccessAsync(cancellationToken);

    public async Task CreateContainerAsync(string name, string hostDirectory, CancellationToken cancellationToken)
    {
        await Client.With("create", "--name", ContainerName, name).CaptureSuccessAsync(cancellationToken);
        await Client.With("cp", "--quiet", hostDirectory, ContainerName + ":/data").CaptureSuccessAsync(cancellationToken);
    }

    public Task CommitAsync(string newName, CancellationToken cancellationToken) => Client.With("commit", ContainerName, newName).CaptureSuccessAsync(cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken) => Client.With("rmi", "--force", name).CaptureSuccessAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_daemons is null)
            return;
        await Client.With("rm", "--force", ContainerName).CaptureAsync();
        await _daemons.DisposeAsync();
    }
}
