using ContainerKit.Benchmarks.Distribution;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>Podman, rootful, with its own storage.</summary>
internal sealed class PodmanImages : IImagePeer
{
    private const string ContainerName = "ckbench-commit";
    private ExternalCommand? _podman;

    public string Name => "podman";

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => ["storage overlay"];

    private ExternalCommand Podman => _podman ?? throw new InvalidOperationException("podman is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("podman") is not { } program)
            return "not installed (apt-get install podman)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";
        _podman = PodmanPeer.Configure(program, workspace);
        Version = (await Podman.With("version", "--format", "{{.Client.Version}}").CaptureSuccessAsync(cancellationToken)).Trim();
        return null;
    }

    public Task PullAsync(string name, CancellationToken cancellationToken) => Podman.With("pull", "--quiet", "--tls-verify=false", name).CaptureSuccessAsync(cancellationToken);

    public Task TagAsync(string name, string newName, CancellationToken cancellationToken) => Podman.With("tag", name, newName).CaptureSuccessAsync(cancellationToken);

    public Task PushAsync(string name, CancellationToken cancellationToken) => Podman.With("push", "--quiet", "--tls-verify=false", name).CaptureSuccessAsync(cancellationToken);

    public Task LoadAsync(string archive, string name, CancellationToken cancellationToken)
        => Podman.With("load", "--quiet", "--input", archive).CaptureSuccessAsync(cancellationToken);

    public async Task CreateContainerAsync(string name, string hostDirectory, CancellationToken cancellationToken)
    {
        await Podman.With("create", "--name", ContainerName, name).CaptureSuccessAsync(cancellationToken);
        await Podman.With("cp", hostDirectory, ContainerName + ":/data").CaptureSuccessAsync(cancellationToken);
    }

    public Task CommitAsync(string newName, CancellationToken cancellationToken) => Podman.With("commit", "--quiet", ContainerName, newName).CaptureSuccessAsync(cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken) => Podman.With("rmi", "--force", name).CaptureSuccessAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_podman is not null)
            await Podman.With("rm", "--force", ContainerName).CaptureAsync();
    }
}
