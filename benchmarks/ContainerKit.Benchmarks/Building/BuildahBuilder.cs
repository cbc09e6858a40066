using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Building;

/// <summary>buildah, rootful, with its own storage and with the cache of layers that it does not use by itself.</summary>
internal sealed class BuildahBuilder : IBuildPeer
{
    private ExternalCommand? _buildah;

    public string Name => "buildah";

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => ["bud --layers --network host, storage overlay, runc"];

    private ExternalCommand Buildah => _buildah ?? throw new InvalidOperationException("buildah is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("buildah") is not { } program)
            return "not installed (apt-get install buildah)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";
        var home = workspace.CreateDirectory("buildah");
        workspace.WatchForeignPaths(PodmanPeer.ForeignPaths);
        var config = Path.Combine(home, "containers.conf");
        File.WriteAllText(config, """
            [containers]
            default_ulimits = []
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            lock_type = "file"
            """);
        _buildah = new ExternalCommand(
            program,
            "--root", Path.Combine(home, "root"),
            "--runroot", Path.Combine(home, "run"),
            "--storage-driver", "overlay")
        {
            Environment = new Dictionary<string, string> { ["CONTAINERS_CONF"] = config, ["TMPDIR"] = workspace.CreateDirectory("buildah/tmp") },
        };
        Version = (await Buildah.With("version", "--json").CaptureSuccessAsync(cancellationToken)).Split('"').SkipWhile(part => part != "version").Skip(2).FirstOrDefault() ?? "";
        var context = workspace.CreateDirectory("buildah/base");
        File.Copy(rootfs.ArchivePath, Path.Combine(context, "rootfs.tar"));
        File.WriteAllText(Path.Combine(context, "Dockerfile"), "FROM scratch\nADD rootfs.tar /\n");
        await Buildah.With("bud", "--quiet", "--tag", BuildFiles.BaseImage, context).CaptureSuccessAsync(cancellationToken);
        return null;
    }

    public Task BuildAsync(string context, string tag, CancellationToken cancellationToken)
        => Buildah.With("bud", "--quiet", "--layers", "--network", "host", "--runtime", "runc", "--tag", tag, context).CaptureSuccessAsync(cancellationToken);

    public async Task ForgetAsync(string tag, CancellationToken cancellationToken)
    {
        await Buildah.With("rmi", "--force", tag).CaptureSuccessAsync(cancellationToken);
        await Buildah.With("rmi", "--prune", "--force").CaptureAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
