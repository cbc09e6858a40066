using ContainerKit.Linux;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Devices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Devices;
using ContainerKit.Runtime.Namespaces;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Roots;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Runtime;

/// <summary>Containers by the kernel's own means, as children of this process.</summary>
internal sealed partial class LinuxContainerRuntime : IContainerRuntime
{
    private readonly UserNamespace? _userNamespace;
    private readonly CgroupHost _cgroups;
    private readonly LaunchSettingFactory _settings;
    private readonly RemappedNamespaces _remapped;
    private readonly ForeignViews? _foreignViews;
    private readonly DataRoot _root;
    private readonly NamespaceFiles? _files;
    private readonly ILogger _logger;

    private LinuxContainerRuntime(UserNamespace? userNamespace, DataRoot root, ILogger logger)
    {
        _userNamespace = userNamespace;
        _root = root;
        _files = userNamespace is null ? null : new NamespaceFiles(userNamespace);
        Ownership = NamespaceOwnership.For(userNamespace, _files);
        _cgroups = CgroupHost.Detect();
        _settings = new LaunchSettingFactory(userNamespace, _cgroups, root);
        _remapped = new RemappedNamespaces(made => new LaunchSettingFactory(made, _cgroups, root, isRemapped: true));
        _foreignViews = userNamespace is null ? null : new ForeignViews(root, userNamespace, Ownership);
        Roots = new ContainerRoots(_cgroups, Ownership, IsRootless, CreateRootSetting);
        _logger = logger;
    }

    public IContainerRoots Roots { get; }

    public bool IsRootless => _userNamespace is not null;

    /// <summary>What containers of an ordinary user are in; null for root.</summary>
    internal UserNamespace? UserNamespace => _userNamespace;

    /// <summary>How files get their owners.</summary>
    internal IFileOwnership Ownership { get; }

    /// <summary>Whether limits can be set, and how.</summary>
    internal CgroupHost Cgroups => _cgroups;

    /// <summary>Opens the runtime for this user.</summary>
    /// <param name="root">Where containers and what they need is kept.</param>
    /// <param name="logger">Gets the launch programs at debug level.</param>
    /// <exception cref="UnsupportedException">This user may not make user namespaces.</exception>
    internal static async Task<LinuxContainerRuntime> OpenAsync(DataRoot root, ILogger logger)
    {
        if (System.Environment.IsPrivilegedProcess)
        {
            return new LinuxContainerRuntime(null, root, logger);
        }

        try
        {
            return new LinuxContainerRuntime(await UserNamespace.CreateAsync().ConfigureAwait(false), root, logger);
        }
        catch (LaunchException e)
        {
            throw StartFailure.NoUserNamespaces(e);
        }
    }

    public async Task<IPreparedContainer?> PrepareAsync(string id, RuntimeSpec? likely, CancellationToken cancellationToken)
    {
        Cgroup? cgroup = CreateCgroup(id, CgroupLimits.None, DeviceRestriction.Of(PreparedContainer.Usual, IsRootless));
        try
        {
            return await PreparedContainer.CreateAsync(cgroup, _settings, _root, likely).ConfigureAwait(false);
        }
        catch
        {
            await RemoveAsync(cgroup).ConfigureAwait(false);
            throw;
        }
    }

    public async Task<IContainerProcess> StartAsync(RuntimeSpec spec, IPreparedContainer? prepared, CancellationToken cancellationToken)
    {
        if (prepared is PreparedContainer ready && await ContinueAsync(ready, spec, cancellationToken).ConfigureAwait(false) is { } process)
        {
            return process;
        }

        return await StartAsync(spec, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IContainerProcess> StartAsync(RuntimeSpec spec, CancellationToken cancellationToken)
    {
        if (spec.Supervision is { } supervision)
        {
            return await StartSupervisedAsync(spec, supervision, cancellationToken).ConfigureAwait(false);
        }

        Cgroup? cgroup = CreateCgroup(spec.Id, spec.Limits, DeviceRestriction.Of(spec, IsRootless));
        try
        {
            using DescriptorTable descriptors = new();
            using StandardStreams streams = new(spec.Process);
            LaunchSetting setting = WithTerminal((await SettingsAsync(spec.UserNamespace).ConfigureAwait(false)).ForRun(spec, cgroup, descriptors), streams, descriptors);
            setting = setting with { Root = _foreignViews?.Arrange(spec.Root) };
            return await LaunchAsync(spec.Id, RunProgram.Build(spec, setting), streams, descriptors, cgroup, cancellationToken, AtCheckpoint(spec, cancellationToken)).ConfigureAwait(false);
        }
        catch
        {
            await RemoveAsync(cgroup).ConfigureAwait(false);
            throw;
        }
    }

    public async Task<IContainerProcess> ExecAsync(RuntimeExecSpec spec, CancellationToken cancellationToken)
    {
        using PidFd container = OpenContainer(spec);
        try
        {
            using Cgroup? cgroup = _cgroups.IsAvailable ? _cgroups.Open(spec.ContainerId) : null;
            using DescriptorTable descriptors = new();
            descriptors.Add(container);
            using StandardStreams streams = new(spec.Process);
            LaunchSetting setting = WithTerminal((await SettingsAsync(spec.UserNamespace).ConfigureAwait(false)).ForExec(spec, cgroup, descriptors), streams, descriptors);
            if (spec.IsSupervised && setting.UserNamespace is not null)
            {
                setting = setting with { UserNamespace = descriptors.AddOwned(NamespaceFd.Open(spec.Container.Pid, "user")), InheritedCount = descriptors.Count };
            }

            LaunchProgram program = ExecProgram.Build(spec, setting, OtherNamespaces(spec));
            return await LaunchAsync(spec.ContainerId, program, streams, descriptors, null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ContainerStartException or IOException && HasEnded(spec.Container))
        {
            // It ended meanwhile, and took its cgroup and namespaces along.
            throw NotRunning(spec, e);
        }
    }

    public async Task CleanUpAsync(string id, ProcessIdentity? identity, CancellationToken cancellationToken)
    {
        if (identity is { } process)
        {
            using PidFd? handle = PidFd.TryOpen(process.Pid);

            // The pidfd keeps the pid from being reused between the check and the signal.
            if (handle is not null && ProcessTable.Find(process.Pid) == process)
            {
                handle.SendSignal(9);
                using Cgroup? paused = _cgroups.IsAvailable ? _cgroups.Open(id) : null;
                paused?.TryThaw(); // a frozen process of cgroup v1 does not even die
                await handle.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        if (_cgroups.IsAvailable)
        {
            await _cgroups.RemoveAsync(id, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task CleanUpAsync(string id, IContainerProcess ended, CancellationToken cancellationToken)
        => ended is ContainerProcess { Cgroup: { } cgroup } ? cgroup.RemoveAsync(cancellationToken).AsTask() : CleanUpAsync(id, ended.Identity, cancellationToken);

    public Task RemoveTreeAsync(string path, CancellationToken cancellationToken)
        => Thread.CurrentThread.IsThreadPoolThread
            ? OwnedTreeRemover.RemoveAsync(path, Ownership, cancellationToken).AsTask()
            : Task.Run(() => OwnedTreeRemover.RemoveAsync(path, Ownership, cancellationToken).AsTask(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _files?.Dispose();
        if (_foreignViews is not null)
        {
            await _foreignViews.DisposeAsync().ConfigureAwait(false);
        }

        await _remapped.DisposeAsync().ConfigureAwait(false);
        _cgroups.Dispose();
        if (_userNamespace is not null)
        {
            await _userNamespace.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What mounting a root needs: no user, no privileges, since nothing is executed.</summary>
    private LaunchSetting CreateRootSetting(RuntimeSpec spec, DescriptorTable descriptors)
    {
        RuntimeProcess nothing = new() { Arguments = [], Environment = [], Capabilities = [] };
        RuntimeSpec root = spec with { Process = nothing, Privileged = true, Devices = [], Sysctls = [], Namespaces = new() };
        return _settings.ForRun(root, null, descriptors) with { Root = _foreignViews?.Arrange(spec.Root) };
    }

    private async ValueTask<LaunchSettingFactory> SettingsAsync(IdRange? range)
    {
        if (range is not { } ids)
        {
            return _settings;
        }

        return !IsRootless ? await _remapped.GetAsync(ids).ConfigureAwait(false) : throw new UnsupportedException(
            $"UserNamespace {ids.Outside} can't be used: only root may choose the host's ids of a container; without root they are those of /etc/subuid. Leave it out, or run as root.");
    }

    private static LaunchSetting WithTerminal(LaunchSetting setting, StandardStreams streams, DescriptorTable descriptors)
    {
        int? socket = streams.ChildSocket is { } handle ? descriptors.Add(handle) : null;
        return setting with { TerminalSocket = socket, InheritedCount = descriptors.Count };
    }

    private static NamespaceKinds OtherNamespaces(RuntimeExecSpec spec)
    {
        try
        {
            return NamespacePlanner.OthersThanOwn(spec.Container.Pid);
        }
        catch (Exception e) when (e is IOException || (e is UnauthorizedAccessException && HasEnded(spec.Container)))
        {
            // It ended after OpenContainer: without a process there is no such directory, a zombie has no namespaces, and without memory it is nobody's to look at.
            throw NotRunning(spec, e);
        }
    }

    private static bool HasEnded(ProcessIdentity process) => ProcessTable.Find(process.Pid) != process || ProcessStat.Read(process.Pid) is null or { HasEnded: true };

    private static PidFd OpenContainer(RuntimeExecSpec spec)
    {
        PidFd? handle = PidFd.TryOpen(spec.Container.Pid);
        if (handle is not null && ProcessTable.Find(spec.Container.Pid) == spec.Container)
        {
            return handle;
        }

        handle?.Dispose();
        throw NotRunning(spec, null);
    }

    private static InvalidStateException NotRunning(RuntimeExecSpec spec, Exception? inner)
        => new($"Container {spec.ContainerId[..Math.Min(12, spec.ContainerId.Length)]} is not running: a process can be started only in a running container.", inner);

    private static async Task RemoveAsync(Cgroup? cgroup)
    {
        if (cgroup is not null)
        {
            await cgroup.RemoveAsync(CancellationToken.None).ConfigureAwait(false);
            cgroup.Dispose();
        }
    }

    private Cgroup? CreateCgroup(string id, CgroupLimits limits, DevicePolicy? devices)
    {
        if (!_cgroups.IsAvailable)
        {
            return limits == CgroupLimits.None ? null : throw new UnsupportedException($"Limits can't be set: {_cgroups.UnavailableReason}");
        }

        try
        {
            return _cgroups.Create(id, new CgroupSpec { Limits = limits, Devices = devices });
        }
        catch (CgroupUnavailableException e)
        {
            throw new UnsupportedException(e.Message, e);
        }
        catch (LinuxException e)
        {
            throw new ContainerStartException("cgroup", 125, $"The container's cgroup could not be created: {e.Message}", e);
        }
    }

    private async Task<IContainerProcess> LaunchAsync(
        string id, LaunchProgram program, StandardStreams streams, DescriptorTable descriptors, Cgroup? cgroup, CancellationToken cancellationToken,
        Func<int, int, ValueTask>? checkpoint = null)
    {
        Log(id, program);
        LaunchDescriptors launch = new()
        {
            StandardInput = streams.ChildInput,
            StandardOutput = streams.ChildOutput,
            StandardError = streams.ChildError,
            Inherited = descriptors.Handles,
        };
        LaunchedProcess process;
        try
        {
            process = await ProcessLauncher.StartAsync(program, launch, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (LaunchException e)
        {
            throw StartFailure.From(e, IsRootless);
        }

        return await AdoptAsync(process, null, streams, cgroup, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null when it can't be used any more, or not for this container; then nothing is left of it.</summary>
    private async Task<IContainerProcess?> ContinueAsync(PreparedContainer prepared, RuntimeSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            RootLayout? layout = prepared.IsForOneImage ? null : _foreignViews?.Arrange(spec.Root);
            LaunchedProcess? process = null;
            if (layout is null or { Parts: [] } && prepared.Accepts(layout is null ? spec : spec with { Root = layout.Root }))
            {
                LaunchProgram rest = prepared.BuildRest(spec, _settings, layout);
                Log(spec.Id, rest);
                process = await prepared.Launch.ContinueAsync(rest, cancellationToken).ConfigureAwait(false);
            }

            if (process is null)
            {
                await prepared.DisposeAsync().ConfigureAwait(false);
                return null;
            }

            IContainerProcess container = await AdoptAsync(process, prepared.Identity, prepared.Streams, prepared.Cgroup, prepared.TakeMounts(), cancellationToken).ConfigureAwait(false);
            prepared.Finish();
            return container;
        }
        catch (Exception e)
        {
            await prepared.DisposeAsync().ConfigureAwait(false);
            if (e is LaunchException failure)
            {
                throw StartFailure.From(failure, IsRootless);
            }

            throw;
        }
    }

    /// <summary>From now on the process, the streams and the cgroup belong to the result.</summary>
    private static async Task<IContainerProcess> AdoptAsync(
        LaunchedProcess process, ProcessIdentity? identity, StandardStreams streams, Cgroup? cgroup, NamespaceFd? mounts, CancellationToken cancellationToken)
    {
        try
        {
            // The process is an unreaped child: even if it has ended already, it is still in the table.
            identity ??= ProcessTable.Find(process.Pid) ?? new ProcessIdentity(process.Pid, 0);
            return new ContainerProcess(identity.Value, process.Handle, await streams.TakeAsync(cancellationToken).ConfigureAwait(false), cgroup, mounts);
        }
        catch
        {
            process.Handle.SendSignal(9);
            await process.Handle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            process.Handle.Dispose();
            mounts?.Dispose();
            throw;
        }
    }

    private static Func<int, int, ValueTask>? AtCheckpoint(RuntimeSpec spec, CancellationToken cancellationToken)
        => spec.ConnectNetwork is { } connect
            ? async (_, pid) => await connect(pid, cancellationToken).ConfigureAwait(false)
            : null;

    private void Log(string id, LaunchProgram program)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            string shortId = id[..Math.Min(12, id.Length)];
            string text = program.ToString();
            LogProgram(_logger, shortId, text);
        }
    }

    [LoggerMessage(EventId = 2001, Level = LogLevel.Debug, Message = "Launch program of {Container}:\n{Program}")]
    private static partial void LogProgram(ILogger logger, string container, string program);
}
