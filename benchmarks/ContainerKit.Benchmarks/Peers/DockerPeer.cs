using System.Globalization;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>Docker: the command line against a daemon of our own.</summary>
internal sealed partial class DockerPeer : IDensityPeer
{
    private const string Image = "ckbench";
    private const string LongRunning = "ckbench-long-running";
    private readonly List<string> _started = [];
    private readonly List<string> _notes = ["the daemon is started before and not measured"];
    private DockerDaemons? _daemons;
    private BackgroundProcesses? _background;

    public string Name => "docker";

    public bool UsesDefaultNetwork { get; set; }

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => _notes;

    private BackgroundProcesses Background => _background ?? throw new InvalidOperationException("docker is not prepared");

    private ExternalCommand Client => _daemons?.Client ?? throw new InvalidOperationException("docker is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("docker") is not { } docker)
            return "no docker command line (apt-get install docker.io)";
        if (ExternalCommand.Find("dockerd") is not { } dockerd || ExternalCommand.Find("containerd") is not { } containerd)
            return "no dockerd or no containerd (apt-get install docker.io)";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";

        _background = new BackgroundProcesses(workspace.PathOf("docker"));
        _daemons = await DockerDaemons.StartAsync(workspace, docker, dockerd, containerd, UsesDefaultNetwork ? DockerNetwork.Own : DockerNetwork.None, cancellationToken);
        Background.TakeForLasting();
        Version = await Client.With("version", "--format", "{{.Server.Version}} (client {{.Client.Version}})").CaptureSuccessAsync(cancellationToken);
        var driver = await Client.With("info", "--format", "{{.Driver}}, log {{.LoggingDriver}}, cgroup {{.CgroupDriver}} v{{.CgroupVersion}}")
            .CaptureSuccessAsync(cancellationToken);
        _notes.Add($"storage {driver}, {await SecurityAsync(cancellationToken)}");
        await Client.With("import", rootfs.ArchivePath, Image).CaptureSuccessAsync(cancellationToken);
        var trial = await RunTrue().CaptureAsync(cancellationToken);
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
        Client.With("exec", LongRunning, "/bin/true").Run();
        return Task.CompletedTask;
    }

    public async Task StartManyAsync(int count, CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
            await StartAsync(string.Create(CultureInfo.InvariantCulture, $"ckbench-{i}"), cancellationToken);
    }

    public IReadOnlyCollection<int> HostProcesses() => Background.Find();

    public Task SettleAsync(CancellationToken cancellationToken) => Background.WaitForOthersAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_daemons is null)
            return;
        if (_started.Count > 0)
            await Client.With(["rm", "--force", .. _started]).CaptureAsync();
        await _daemons.DisposeAsync();
    }

    private ExternalCommand RunTrue() => Client.With("run", "--rm", "--network", UsesDefaultNetwork ? "bridge" : "none", Image, "/bin/true");

    private async Task StartAsync(string name, CancellationToken cancellationToken)
    {
        _started.Add(name);
        await Client.With("run", "--detach", "--name", name, "--network", "none", Image, "/bin/sleep", "1000000")
            .CaptureSuccessAsync(cancellationToken);
    }

    private async Task<string> SecurityAsync(CancellationToken cancellationToken)
        => await Client.With("info", "--format", "{{join .SecurityOptions \" \"}}").CaptureSuccessAsync(cancellationToken) is { Length: > 0 } options
            ? options
            : "no seccomp";
}
