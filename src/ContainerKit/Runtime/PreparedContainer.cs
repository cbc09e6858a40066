using ContainerKit.Linux;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Paths;
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

    private PreparedContainer(Cgroup? cgroup, StandardStreams streams, PreparedLaunch launch, KernelTrees trees, RootedDirectory dataRoot)
    {
        Cgroup = cgroup;
        Streams = streams;
        Launch = launch;
        Trees = trees;

        // Kept open, so the mount can't go and its number be another one's.
        _dataRoot = dataRoot;
        _mount = dataRoot.GetStatus(default).MountId;
    }

    internal Cgroup? Cgroup { get; }

    internal StandardStreams Streams { get; }

    internal PreparedLaunch Launch { get; }

    internal KernelTrees Trees { get; }

    /// <summary>Prepares; takes over the cgroup when it succeeds.</summary>
    internal static async Task<PreparedContainer> CreateAsync(Cgroup? cgroup, LaunchSettingFactory settings, DataRoot root)
    {
        using DescriptorTable descriptors = new();
        LaunchSetting setting = settings.ForPreparation(cgroup, descriptors);
        setting = setting with { InheritedCount = descriptors.Count + PreparedLaunch.OwnDescriptors };
        StandardStreams streams = new(Usual.Process);
        RootedDirectory? dataRoot = null;
        try
        {
            dataRoot = RootedDirectory.Open(root.Path);
            LaunchProgramBuilder beginning = RunProgram.BuildBeginning(Usual, setting, out KernelTrees trees);
            LaunchDescriptors launch = new() { StandardOutput = streams.ChildOutput, StandardError = streams.ChildError, Inherited = descriptors.Handles };
            PreparedLaunch prepared = await PreparedLaunch.StartAsync(beginning, launch).ConfigureAwait(false);
            streams.CloseChildEnds();
            return new PreparedContainer(cgroup, streams, prepared, trees, dataRoot);
        }
        catch
        {
            streams.Dispose();
            dataRoot?.Dispose();
            throw;
        }
    }

    public bool Accepts(RuntimeSpec spec)
    {
        RuntimeSpec rest = spec with
        {
            Id = Usual.Id,
            Root = Usual.Root,
            Process = Usual.Process,
            Hostname = Usual.Hostname,
            Mounts = Usual.Mounts,
        };

        // The score is set before anything else; an init forks, and the memory that the rest of the launch is in is shared by both processes.
        // Compared as a whole: whatever else a spec has some day is not part of what was prepared.
        return rest == Usual
            && spec.Process is { Terminal: false, OpenStdin: false, OomScoreAdjustment: null, Init: false }
            && spec.Mounts.All(m => m is RuntimeFile or RuntimeTmpfs)
            && spec.Root.Lower.All(IsOnSameMount);
    }

    public async ValueTask DisposeAsync()
    {
        await Launch.DisposeAsync().ConfigureAwait(false);
        Streams.Dispose();
        _dataRoot.Dispose();
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
