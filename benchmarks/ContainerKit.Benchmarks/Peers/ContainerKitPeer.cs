using System.Reflection;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>The engine of this repository, through its library: default seccomp filter, capabilities, cgroup, log and a private network namespace.</summary>
internal sealed partial class ContainerKitPeer : IDensityPeer
{
    private const int WarmUp = 400;

    private readonly List<Container> _running = [];
    private ContainerEngine? _engine;
    private ContainerSpec? _true;
    private ContainerSpec? _sleep;
    private Container? _longRunning;

    public string Name => "containerkit";

    public bool IsOurs => true;

    public bool UsesDefaultNetwork { get; set; }

    public string Version { get; private set; } = "";

    public IReadOnlyList<string> Notes => ["in this process, through the library: with seccomp filter, overlay, image, cgroup, log and a private network namespace; after 400 runs that are not counted"];

    private ContainerEngine Engine => _engine ?? throw new InvalidOperationException($"{Name} is not prepared");

    public async Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        Version = typeof(ContainerEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        _engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = workspace.CreateDirectory("containerkit") }, cancellationToken);
        Image image = await _engine.Images.ImportAsync(rootfs.ArchivePath, cancellationToken: cancellationToken);
        _true = ContainerSpec.FromImage(image).WithCommand("/bin/true").WithNetwork(UsesDefaultNetwork ? NetworkMode.Default : NetworkMode.None);
        _sleep = ContainerSpec.FromImage(image).WithCommand("/bin/sleep", "1000000").WithNetwork(NetworkMode.None);

        // The others are compiled programs: this one is measured when the just-in-time compiler has done its work, too.
        for (int i = 0; i < WarmUp; i++)
            await RunOnceAsync(cancellationToken);
        return null;
    }

    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using Container container = await Engine.Containers.StartAsync(_true!, cancellationToken);
            ExitStatus exit = await container.WaitAsync(cancellationToken);
            if (!exit.IsSuccess)
                throw new PeerFailedException($"{Name}: exit code {exit.ExitCode}");
        }
        catch (ContainerKitException e)
        {
            throw new PeerFailedException($"{Name}: {e.Message}");
        }
    }

    public async Task StartLongRunningAsync(CancellationToken cancellationToken)
        => _longRunning = await Engine.Containers.StartAsync(_sleep!, cancellationToken);

    public async Task ExecOnceAsync(CancellationToken cancellationToken)
    {
        ExecResult result = await _longRunning!.ExecAsync(["/bin/true"], cancellationToken);
        if (result.ExitCode != 0)
            throw new PeerFailedException($"{Name}: exit code {result.ExitCode}");
    }

    public async Task StartManyAsync(int count, CancellationToken cancellationToken)
    {
        while (_running.Count < count)
            _running.Add(await Engine.Containers.StartAsync(_sleep!, cancellationToken));
    }

    public IReadOnlyCollection<int> HostProcesses() => [Environment.ProcessId];

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
    }
}
