using System.Globalization;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>runc and crun: OCI runtimes without a daemon, given a ready bundle.</summary>
internal sealed class OciRuntimePeer(string name) : IPeer
{
    private const string LongRunningId = "ckbench-long-running";
    private readonly List<string> _notes =
        ["no seccomp filter, no overlay, no log and no image: it is given less to do than the others, to its advantage"];

    private ExternalCommand? _runtime;
    private CgroupV1View? _cgroupV1View;
    private string _bundle = "";
    private string _longRunningBundle = "";
    private bool _longRunning;
    private int _counter;

    public string Name => name;

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => _notes;

    private ExternalCommand Runtime => _runtime ?? throw new InvalidOperationException($"{Name} is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find(Name) is not { } program)
            return $"not installed (apt-get install {Name})";
        if (!Environment.IsPrivilegedProcess)
            return "measured as root only";

        // Created on every call, even for --version and with --root.
        workspace.WatchForeignPaths($"/run/{Name}");
        var version = await new ExternalCommand(program, "--version").CaptureSuccessAsync(cancellationToken);
        Version = version.Split('\n')[0].Split(' ')[^1];
        var cgroup = $"/{workspace.CgroupName}/{Name}";
        _bundle = workspace.CreateDirectory($"{Name}/true");
        OciBundle.Write(_bundle, rootfs.DirectoryPath, cgroup, "/bin/true");
        _longRunningBundle = workspace.CreateDirectory($"{Name}/sleep");
        OciBundle.Write(_longRunningBundle, rootfs.DirectoryPath, cgroup + "-long", "/bin/sleep", "1000000");

        var plain = new ExternalCommand(program, "--root", workspace.CreateDirectory($"{Name}/state"));
        _runtime = plain;
        var trial = await TryRunAsync(cancellationToken);
        if (trial.ExitCode != 0 && trial.Errors.Contains("hybrid mode", StringComparison.Ordinal))
        {
            // crun before 1.9 refuses to work where both versions of cgroups are mounted.
            _cgroupV1View = await CgroupV1View.TryCreateAsync(cancellationToken);
            if (_cgroupV1View is null)
                return trial.LastLine;
            _runtime = _cgroupV1View.Inside(plain);
            _notes.Add("refuses hybrid cgroups, so it runs through nsenter in a mount namespace without cgroup2 (1-2 ms to its disadvantage)");
            trial = await TryRunAsync(cancellationToken);
        }
        return trial.ExitCode == 0 ? null : trial.LastLine;
    }

    public Task RunOnceAsync(CancellationToken cancellationToken)
    {
        Runtime.With("run", "--bundle", _bundle, NextId()).Run();
        return Task.CompletedTask;
    }

    public Task StartLongRunningAsync(CancellationToken cancellationToken)
    {
        _longRunning = true;
        Runtime.With("run", "--detach", "--bundle", _longRunningBundle, LongRunningId).Run();
        return Task.CompletedTask;
    }

    public Task ExecOnceAsync(CancellationToken cancellationToken)
    {
        Runtime.With("exec", LongRunningId, "/bin/true").Run();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_longRunning)
            await Runtime.With("delete", "--force", LongRunningId).CaptureAsync();
        if (_cgroupV1View is not null)
            await _cgroupV1View.DisposeAsync();
    }

    private Task<CommandResult> TryRunAsync(CancellationToken cancellationToken)
        => Runtime.With("run", "--bundle", _bundle, NextId()).CaptureAsync(cancellationToken);

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"ckbench-{Environment.ProcessId}-{_counter++}");
}
