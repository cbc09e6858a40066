using System.Diagnostics.CodeAnalysis;
using ContainerKit.Containers.Preparation;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Streams;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.Instances;

/// <summary>
/// A container in this process; all its handles share it. The lock file is held while the container is changed or runs, and by an ephemeral
/// container
/// for as long as it exists. While it is held <see cref="_state"/> is the truth; otherwise state.json is, since any process may take the
/// lock.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose.")]
internal sealed partial class ContainerInstance
{
    private readonly ContainerContext _context;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _sync = new();
    private FileLock? _lock;
    private ContainerState _state = new ContainerState.Created();
    private ContainerRun? _run;
    private OutputHub _hub = new();
    private TaskCompletionSource<ExitStatus> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ExitStatus? _lastExit;
    private HealthInfo? _lastHealth;
    private string? _hiddenDirectory;

    /// <summary>The end of the last run's mounts: until then its layers must not be mounted again.</summary>
    private Task _unmounting = Task.CompletedTask;
    private PreparedSlot? _prepared;
    private bool _hasConfigFile;
    private bool _exitFollows;
    private volatile bool _removed;
    private volatile ContainerConfig _config;

    /// <param name="context">The engine's.</param>
    /// <param name="config">What the container is.</param>
    /// <param name="ownerLock">Its lock, when this process has it.</param>
    /// <param name="hasConfigFile">False: config.json is written at the start, together with the state.</param>
    /// <param name="prepared">What its first start begins with, or null.</param>
    internal ContainerInstance(ContainerContext context, ContainerConfig config, FileLock? ownerLock, bool hasConfigFile = true, PreparedSlot? prepared = null)
    {
        _prepared = prepared;
        _hasConfigFile = hasConfigFile;
        _context = context;
        _config = config;
        _lock = ownerLock;
        Directory = context.Paths.DirectoryOf(config.Id);
    }

    /// <summary>What the container is; renaming and updating replace it.</summary>
    internal ContainerConfig Config => _config;

    internal string Directory { get; }

    internal string LogPath => ContainerPaths.Log(Directory, Config);

    internal TimeProvider Time => _context.Time;

    internal bool IsRemoved => _removed;

    private string Display => $"{Config.Name} ({Config.ShortId})";

    /// <summary>The state now, whoever owns the container.</summary>
    /// <exception cref="NotFoundException">It was removed.</exception>
    internal ContainerState GetState()
    {
        lock (_sync)
        {
            if (_removed)
                throw NotFound();
            if (_lock is not null)
                return _state;
        }

        return ReadState();
    }

    /// <exception cref="NotFoundException">It was removed.</exception>
    internal ContainerInfo GetInfo()
    {
        ContainerState state = GetState();
        int? owner = _lock is not null ? Environment.ProcessId : null;
        if (owner is null && state is ContainerState.Running or ContainerState.Restarting)
            owner = ContainerFiles.ReadState(Directory, out _)?.OwnerPid;
        RefreshConfig();
        return ContainerInfoFactory.Create(Config, state, Directory, owner) with { Health = GetHealth(state) };
    }

    /// <summary>What an attachment connects to: the present run's, or that of the next start.</summary>
    /// <param name="nextRun">True: that of a container that has ended, too.</param>
    internal OutputHub GetHub(bool nextRun = false)
    {
        lock (_sync)
        {
            if (_run is not null)
                return _hub;
        }

        ContainerState state = GetState();
        if (state is ContainerState.Running or ContainerState.Restarting && _lock is null)
            throw OwnedByOther("attach to");
        return state is ContainerState.Created or ContainerState.Running || (nextRun && state is ContainerState.Exited or ContainerState.Restarting) ? _hub : throw WrongState("attach to", state, "it must be created or running");
    }

    /// <summary>Lets go of a container that outlives this process, so that others may use it.</summary>
    internal void ReleaseWhenIdle()
    {
        lock (_sync)
        {
            if (Config.IsEphemeral || _state is ContainerState.Running or ContainerState.Restarting || _lock is null)
                return;
            _lock.Dispose();
            _lock = null;
        }
    }

    /// <summary>Takes the lock unless this process has it. The caller holds the gate.</summary>
    private async Task AcquireAsync(string operation)
    {
        if (_removed)
            throw NotFound();
        if (_lock is not null)
            return;
        FileLock taken = OwnerLock.TryAcquire(Directory) ?? throw (System.IO.Directory.Exists(Directory) ? OwnedByOther(operation) : NotFound());
        await TakeOverAsync(taken).ConfigureAwait(false);
    }

    private ContainerState ReadState()
    {
        if (ContainerFiles.ReadState(Directory, out _)?.ToState() is ContainerState state)
            return state;
        return System.IO.Directory.Exists(Directory) ? new ContainerState.Created() : throw NotFound();
    }

    private void SetState(ContainerState state)
    {
        lock (_sync)
            _state = state;
    }

    private NotFoundException NotFound() => new($"Container {Display} was removed.");

    private ConflictException OwnedByOther(string operation)
    {
        int owner = ContainerFiles.ReadState(Directory, out _)?.OwnerPid ?? Config.CreatorPid;
        return new ConflictException($"Can't {operation} container {Display}: the engine process {owner} owns it. Do it there, or end that process.");
    }

    private InvalidStateException WrongState(string operation, ContainerState state, string expected)
        => new($"Can't {operation} container {Display}: it is {state.Status.ToString().ToLowerInvariant()}, {expected}.");
}
