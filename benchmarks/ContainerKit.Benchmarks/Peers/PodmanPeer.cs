using System.Globalization;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>Podman, rootful, with its own storage. It has no daemon, but a conmon process for each container.</summary>
internal sealed class PodmanPeer : IDensityPeer
{
    private const string Image = "localhost/ckbench";
    private const string LongRunning = "ckbench-long-running";
    private readonly List<string> _started = [];
    private readonly List<string> _notes = [];
    private ExternalCommand? _podman;
    private BackgroundProcesses? _background;
    private string _cgroup = "";

    /// <summary>What podman, and the tools that share its libraries, make outside of where they are told to.</summary>
    public static IReadOnlyList<string> ForeignPaths { get; } =
    [
        "/etc/cni/net.d/cni.lock", "/run/crun", "/run/runc", "/run/containers", "/run/libpod",
        "/var/cache/containers", "/var/cache/containers/short-name-aliases.conf.lock",
        "/var/lib/containers", "/var/lib/containers/cache", "/var/lib/containers/cache/blob-info-cache-v1.boltdb",
    ];

    public string Name => "podman";

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => _notes;

    private BackgroundProcesses Background => _background ?? throw new InvalidOperationException("podman is not prepared");

    private ExternalCommand Podman => _podman ?? throw new InvalidOperationException("podman is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("podman") is not { } program)
            return "not installed (apt-get install podman)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";

        _background = new BackgroundProcesses(workspace.PathOf("podman"));
        _cgroup = $"/{workspace.CgroupName}/podman";
        var plain = Configure(program, workspace);
        _podman = plain;
        Version = (await Podman.With("version", "--format", "{{.Client.Version}}").CaptureSuccessAsync(cancellationToken)).Trim();
        await Podman.With("import", rootfs.ArchivePath, Image).CaptureSuccessAsync(cancellationToken);

        var trial = await RunTrue().CaptureAsync(cancellationToken);
        if (trial.ExitCode != 0 && ExternalCommand.Find("runc") is { } runc)
        {
            _notes.Add($"its default runtime did not work ({trial.LastLine}), so it uses runc");
            _podman = plain.With("--runtime", runc);
            trial = await RunTrue().CaptureAsync(cancellationToken);
        }
        _notes.Add("storage overlay, log k8s-file, cgroup cgroupfs, its default seccomp profile");
        return trial.ExitCode == 0 ? null : trial.LastLine;
    }

    public Task RunOnceAsync(CancellationToken cancellationToken)
    {
        RunTrue().Run();
        return Task.CompletedTask;
    }

    public async Task StartLongRunningAsync(CancellationToken cancellationToken)
    {
        await StartAsync(LongRunning, cancellationToken);
        Background.TakeForLasting();
    }

    public Task ExecOnceAsync(CancellationToken cancellationToken)
    {
        Podman.With("exec", LongRunning, "/bin/true").Run();
        return Task.CompletedTask;
    }

    public async Task StartManyAsync(int count, CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
            await StartAsync(string.Create(CultureInfo.InvariantCulture, $"ckbench-{i}"), cancellationToken);
    }

    public IReadOnlyCollection<int> HostProcesses() => Background.Find();

    /// <summary>Each conmon starts a `podman container cleanup` when its container has ended; both outlive the command
    /// that was measured.</summary>
    public Task SettleAsync(CancellationToken cancellationToken) => Background.WaitForOthersAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_podman is null)
            return;
        if (_started.Count > 0)
            await Podman.With(["rm", "--force", "--time", "0", .. _started]).CaptureAsync();
        await Background.WaitForAllAsync();
    }

    /// <summary>The command with a storage and a configuration of its own, in the workspace.</summary>
    public static ExternalCommand Configure(string program, Workspace workspace)
    {
        var home = workspace.CreateDirectory("podman");
        workspace.WatchForeignPaths(ForeignPaths);

        // Limits above the hard limits need CAP_SYS_RESOURCE, which a container or sandbox as host may lack;
        // locks in files rather than in /dev/shm, so that they go with the workspace.
        var config = Path.Combine(home, "containers.conf");
        File.WriteAllText(config, $"""
            [containers]
            default_ulimits = []
            log_driver = "k8s-file"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            lock_type = "file"
            tmp_dir = "{home}/tmp"
            """);
        return new ExternalCommand(
            program,
            "--root", Path.Combine(home, "root"),
            "--runroot", Path.Combine(home, "run"),
            "--runtime-flag", $"root={home}/runtime",
            "--storage-driver", "overlay")
        {
            Environment = new Dictionary<string, string> { ["CONTAINERS_CONF"] = config },
        };
    }

    private ExternalCommand RunTrue() => Podman.With("run", "--rm", "--network", "none", "--cgroup-parent", _cgroup, Image, "/bin/true");

    private async Task StartAsync(string name, CancellationToken cancellationToken)
    {
        _started.Add(name);
        await Podman.With("run", "--detach", "--name", name, "--network", "none", "--cgroup-parent", _cgroup, Image, "/bin/sleep", "1000000")
            .CaptureSuccessAsync(cancellationToken);
    }
}
