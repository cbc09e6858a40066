using ContainerKit.Benchmarks.Distribution;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>skopeo, which copies images to and from a layout, and umoci, which unpacks them to a directory and packs that again.</summary>
internal sealed class SkopeoImages : IImagePeer
{
    private const string Bundles = "bundles";
    private readonly Dictionary<string, string> _tags = [];
    private ExternalCommand? _skopeo;
    private ExternalCommand? _umoci;
    private string _layout = "";
    private string _bundles = "";
    private string _container = "";

    public string Name => "skopeo+umoci";

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => ["one command after the other; umoci makes one tree of all layers, and can't share any"];

    private ExternalCommand Skopeo => _skopeo ?? throw new InvalidOperationException("skopeo is not prepared");

    private ExternalCommand Umoci => _umoci ?? throw new InvalidOperationException("umoci is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("skopeo") is not { } skopeo)
            return "no skopeo (apt-get install skopeo)";
        if (ExternalCommand.Find("umoci") is not { } umoci)
            return "no umoci (apt-get install umoci)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";
        workspace.WatchForeignPaths(PodmanPeer.ForeignPaths);
        _skopeo = new ExternalCommand(skopeo, "--insecure-policy", "--tmpdir", workspace.CreateDirectory("skopeo-tmp"));
        _umoci = new ExternalCommand(umoci);
        _bundles = workspace.CreateDirectory(Bundles);
        _layout = workspace.PathOf("skopeo");
        await Umoci.With("init", "--layout", _layout).CaptureSuccessAsync(cancellationToken);
        Version = $"{(await Skopeo.With("--version").CaptureSuccessAsync(cancellationToken)).Split(' ')[^1]}, {(await Umoci.With("--version").CaptureSuccessAsync(cancellationToken)).Split(' ')[^1]}";
        return null;
    }

    public Task PullAsync(string name, CancellationToken cancellationToken)
        => FetchAsync(["--src-tls-verify=false", "docker://" + name], name, cancellationToken);

    public Task TagAsync(string name, string newName, CancellationToken cancellationToken)
    {
        _tags[newName] = _tags[name];
        return Task.CompletedTask;
    }

    public Task PushAsync(string name, CancellationToken cancellationToken)
        => Skopeo.With("copy", "--quiet", "--dest-tls-verify=false", $"oci:{_layout}:{_tags[name]}", "docker://" + name).CaptureSuccessAsync(cancellationToken);

    public Task LoadAsync(string archive, string name, CancellationToken cancellationToken)
        => FetchAsync(["docker-archive:" + archive], name, cancellationToken);

    public async Task CreateContainerAsync(string name, string hostDirectory, CancellationToken cancellationToken)
    {
        _container = Path.Combine(_bundles, _tags[name]);
        await new ExternalCommand("/bin/cp", "--archive", hostDirectory, Path.Combine(_container, "rootfs/data")).CaptureSuccessAsync(cancellationToken);
    }

    public Task CommitAsync(string newName, CancellationToken cancellationToken)
        => Umoci.With("repack", "--image", $"{_layout}:{TagOf(newName)}", _container).CaptureSuccessAsync(cancellationToken);

    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await Umoci.With("rm", "--image", $"{_layout}:{TagOf(name)}").CaptureSuccessAsync(cancellationToken);
        await Umoci.With("gc", "--layout", _layout).CaptureSuccessAsync(cancellationToken);
        if (Directory.Exists(Path.Combine(_bundles, TagOf(name))))
            Directory.Delete(Path.Combine(_bundles, TagOf(name)), recursive: true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task FetchAsync(string[] source, string name, CancellationToken cancellationToken)
    {
        var tag = TagOf(name);
        await Skopeo.With(["copy", "--quiet", .. source, $"oci:{_layout}:{tag}"]).CaptureSuccessAsync(cancellationToken);
        await Umoci.With("unpack", "--image", $"{_layout}:{tag}", Path.Combine(_bundles, tag)).CaptureSuccessAsync(cancellationToken);
    }

    /// <summary>A name in the layout, in which neither colons nor slashes may be.</summary>
    private string TagOf(string name) => _tags.TryGetValue(name, out var tag) ? tag : _tags[name] = "image-" + _tags.Count;
}
