using ContainerKit.Linux;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Roots;
using ContainerKit.Storage;

namespace ContainerKit.Runtime;

/// <summary>A cgroup and a process in new namespaces that waits in it, with pipes for its output.</summary>
/// <remarks>
/// The process's mount namespace is a copy of the host's at the time of preparation. What the host mounts later is not in it, so only paths are
/// used that are seen through the mount that held the data root then.
/// </remarks>
internal sealed class PreparedContainer : IPreparedContainer
{
    /// <summary>What every prepared container is like; what a spec may have besides is the business of the rest of the launch.</summary>
    internal static RuntimeSpec Usual { get; } = new()
    {
        Id = "",
        Root = new RuntimeRoot([], "", "", ReadOnly: false, Volatile: false),
        Process = new RuntimeProcess { Arguments = [], Environment = [], Capabilities = [] },
        Hostname = "",
    };

    private readonly RootedDirectory _dataRoot;
    private readonly ulong _mount;

    private readonly KernelTrees? _trees;
    private readonly PreparedRoot? _root;
    private NamespaceFd? _mounts;

    private PreparedContainer(
        Cgroup? cgroup, StandardStreams streams, PreparedLaunch launch, KernelTrees? trees, PreparedRoot? root, RootedDirectory dataRoot)
    {
        Cgroup = cgroup;
        Streams = streams;
        Launch = launch;
        (_trees, _root) = (trees, root);
        _mounts = HoldMounts(launch.Pid);
        Identity = ProcessTable.Find(launch.Pid);

        // Kept open, so the mount can't go and its number be another one's.
        _dataRoot = dataRoot;
        _mount = dataRoot.GetStatus(default).MountId;
    }

    internal Cgroup? Cgroup { get; }

    /// <summary>The process, which stays the same when it executes the command.</summary>
    internal ProcessIdentity? Identity { get; }

    internal StandardStreams Streams { get; }

    internal PreparedLaunch Launch { get; }

    public int Pid => Launch.Pid;

    public bool IsForOneImage => _root is not null;

    /// <summary>Prepares; takes over the cgroup when it succeeds.</summary>
    /// <param name="cgroup">Where the process waits.</param>
    /// <param name="settings">How containers start.</param>
    /// <param name="root">Where everything is.</param>
    /// <param name="likely">The container that is likely to come, in the directories that are there now; null when that is not known.</param>
    internal static async Task<PreparedContainer> CreateAsync(Cgroup? cgroup, LaunchSettingFactory settings, DataRoot root, RuntimeSpec? likely)
    {
        if (likely is not null && !(IsUsual(likely) && PreparedRoot.IsPossible(likely, root)))
        {
            likely = null;
        }

        using DescriptorTable descriptors = new();
        LaunchSetting setting = likely is null ? settings.ForPreparation(cgroup, descriptors) : settings.ForRun(likely, cgroup, descriptors);
        setting = setting with { InheritedCount = descriptors.Count + PreparedLaunch.OwnDescriptors };
        StandardStreams streams = new(Usual.Process);
        RootedDirectory? dataRoot = null;
        try
        {
            dataRoot = RootedDirectory.Open(root.Path);
            KernelTrees? trees = null;
            LaunchProgramBuilder beginning = likely is null
                ? RunProgram.BuildBeginning(Usual, setting, out trees)
                : RunProgram.BuildWithRoot(likely, setting);
            PreparedRoot? mounted = likely is null ? null : new PreparedRoot(likely, RunProgram.BuildEnd(likely, setting));
            LaunchDescriptors launch = new() { StandardOutput = streams.ChildOutput, StandardError = streams.ChildError, Inherited = descriptors.Handles };
            PreparedLaunch prepared = await PreparedLaunch.StartAsync(beginning, launch).ConfigureAwait(false);
            streams.CloseChildEnds();
            return new PreparedContainer(cgroup, streams, prepared, trees, mounted, dataRoot);
        }
        catch
        {
            streams.Dispose();
            dataRoot?.Dispose();
            throw;
        }
    }

    public bool Accepts(RuntimeSpec spec) => IsUsual(spec) && (_root?.Fits(spec) ?? spec.Root.Lower.All(IsOnSameMount));

    /// <summary>What remains to be done for a container that is accepted.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="settings">How containers start.</param>
    /// <param name="layout">Its overlays; null for the usual one.</param>
    internal LaunchProgram BuildRest(RuntimeSpec spec, LaunchSettingFactory settings, RootLayout? layout)
    {
        if (_root?.FindEnd(spec) is { } end)
        {
            return end;
        }

        using DescriptorTable unused = new();
        LaunchSetting setting = settings.ForRun(spec, Cgroup, unused) with { Root = layout };
        return _trees is null ? RunProgram.BuildEnd(spec, setting) : RunProgram.BuildRest(spec, setting, _trees);
    }

    public async ValueTask DisposeAsync()
    {
        await Launch.DisposeAsync().ConfigureAwait(false);
        Finish();
        TakeMounts()?.Dispose();
        if (Cgroup is not null)
        {
            await Cgroup.RemoveAsync(CancellationToken.None).ConfigureAwait(false);
            Cgroup.Dispose();
        }
    }

    /// <summary>Lets go of what only the preparation needed, after the launch went on.</summary>
    internal void Finish()
    {
        Streams.Dispose();
        _dataRoot.Dispose();
    }

    /// <summary>The mount namespace, which is the caller's from now on; null where it can't be held.</summary>
    internal NamespaceFd? TakeMounts() => Interlocked.Exchange(ref _mounts, null);

    /// <summary>
    /// Unmounting takes the kernel longer than everything else at an exit (it waits for grace periods of RCU twice). Held by the engine, the
    /// mounts go a little later, when nobody waits.
    /// </summary>
    private static NamespaceFd? HoldMounts(int pid)
    {
        try
        {
            return NamespaceFd.Open(pid, "mnt");
        }
        catch (LinuxException)
        {
            // Not allowed to see it, or it was killed: then the kernel unmounts when the process ends.
            return null;
        }
    }

    /// <summary>True for a container that begins like every other: what it has besides can be done afterwards.</summary>
    private static bool IsUsual(RuntimeSpec spec)
    {
        RuntimeSpec rest = spec with
        {
            Id = Usual.Id,
            Root = Usual.Root,
            Process = Usual.Process,
            Hostname = Usual.Hostname,
            Mounts = Usual.Mounts,
            ConnectNetwork = null,
        };

        // The score is set before anything else; an init forks, and the memory that the rest of the launch is in is shared by both processes.
        // Compared as a whole: whatever else a spec has some day is not part of what was prepared.
        return rest == Usual
            && spec.Process is { Terminal: false, OpenStdin: false, OomScoreAdjustment: null, Init: false }
            && spec.Mounts.All(m => m is RuntimeFile or RuntimeTmpfs);
    }

    private bool IsOnSameMount(string path)
    {
        try
        {
            using RootedDirectory directory = RootedDirectory.Open(path);
            return _mount != 0 && directory.GetStatus(default).MountId == _mount;
        }
        catch (LinuxException)
        {
            // Whatever is wrong with it, the ordinary start finds out and says.
            return false;
        }
    }
}
