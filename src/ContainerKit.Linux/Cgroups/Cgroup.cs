using System.Globalization;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Cgroups.Controllers;
using ContainerKit.Linux.Cgroups.Devices;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Cgroups;

/// <summary>
/// One cgroup: a directory of version 2, or one for each needed controller of version 1, or both on hybrid hosts. Disposing it releases
/// descriptors only; <see cref="RemoveAsync"/> removes it. Thread-safe, except that limits are set by one thread at a time.
/// </summary>
public sealed partial class Cgroup : IDisposable
{
    private static readonly TimeSpan s_removalTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(50);

    private readonly CgroupHost _host;
    private readonly SortedDictionary<CgroupController, CgroupDirectory> _legacy = [];
    private CgroupDirectory? _unified;
    private SafeFileHandle? _descriptor;

    /// <summary>What the files say; null when it is not known (opened, or setting failed half-way).</summary>
    private CgroupLimits? _applied;

    internal Cgroup(CgroupHost host, string id)
    {
        _host = host;
        Id = id;
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>All its directories.</summary>
    public IReadOnlyCollection<string> Paths => [.. Directories.Select(directory => directory.Path)];

    /// <summary>
    /// The version 2 directory for CLONE_INTO_CGROUP of clone3(2) (Linux 5.7), or null on hosts with version 1 only. Owned by this object.
    /// </summary>
    /// <remarks>
    /// A process that is cloned into the cgroup costs nothing extra; migrating one waits for a grace period of RCU (about 5 ms on an idle
    /// machine). A cgroup namespace made by the same clone3 has the *caller's* cgroup as root, so it is unshared by the child.
    /// </remarks>
    public SafeHandle? DirectoryHandle => _descriptor;

    /// <summary>
    /// The cgroup.procs files of version 1 into which the launching process writes "0" before it clones, one for each hierarchy. Empty on
    /// version 2.
    /// </summary>
    public IReadOnlyList<string> ProcsFiles => [.. LegacyDirectories.Select(directory => directory.File("cgroup.procs"))];

    /// <summary>As <see cref="ProcsFiles"/>, but with the version 2 directory, for kernels without CLONE_INTO_CGROUP.</summary>
    public IReadOnlyList<string> AllProcsFiles => [.. Directories.Select(directory => directory.File("cgroup.procs"))];

    private IEnumerable<CgroupDirectory> LegacyDirectories => _legacy.Values.Distinct();

    private IEnumerable<CgroupDirectory> Directories => _unified is null ? LegacyDirectories : LegacyDirectories.Prepend(_unified);

    /// <summary>Where processes are listed, frozen and killed.</summary>
    private CgroupDirectory Tracker => _unified ?? Find(CgroupController.Freezer) ?? Directories.First();

    /// <summary>Sets all limits, and lifts those that are null. They bind at once, also for running processes.</summary>
    /// <param name="limits">The whole set.</param>
    /// <exception cref="ArgumentException">A value is not allowed; the message names it. Nothing was changed.</exception>
    /// <exception cref="CgroupUnavailableException">This host or process can't enforce what was asked for.</exception>
    /// <exception cref="LinuxException">The kernel refused, for example EBUSY for a memory limit below what is in use.</exception>
    public void SetLimits(CgroupLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.Validate();
        HashSet<CgroupController> missing = [.. CgroupHost.Needed(limits).Where(controller => Find(controller) is null)];
        _host.ThrowIfUnusable(missing);
        CgroupLimits? previous = _applied;
        _applied = null;
        if (missing.Count > 0)
        {
            if (_host.Version == CgroupVersion.V2)
                _host.EnableUnified(missing);
            else
                _host.MakeLegacy(this, missing);
        }

        foreach (ResourceController controller in ResourceController.All)
        {
            CgroupDirectory? directory = controller.IsNeeded(limits) ? Require(controller.Kind) : Find(controller.Kind);
            if (directory is not null)
                controller.Apply(directory, limits, missing.Contains(controller.Kind) ? CgroupLimits.None : previous);
        }

        if (_host.Version == CgroupVersion.V1)
            MoveIntoNew(missing);
        _applied = limits;
    }

    /// <summary>The processes in it and in cgroups below it, as seen from this PID namespace.</summary>
    public IReadOnlyList<int> ReadProcessIds() => CgroupProcesses.List(Tracker);

    /// <summary>
    /// Sends SIGKILL to every process in it and below, also to those that are forked meanwhile or frozen. They end soon after.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the freezer on kernels without cgroup.kill (before Linux 5.14).</param>
    public ValueTask KillAllAsync(CancellationToken cancellationToken = default)
        => CgroupProcesses.KillAsync(Tracker, Freezer, cancellationToken);

    /// <summary>Stops all its processes until <see cref="Thaw"/>; returns when they have stopped.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CgroupUnavailableException">The host has no freezer that this process may use.</exception>
    public ValueTask FreezeAsync(CancellationToken cancellationToken = default) => RequireFreezer().FreezeAsync(cancellationToken);

    /// <summary>Lets frozen processes continue.</summary>
    /// <exception cref="CgroupUnavailableException">The host has no freezer that this process may use.</exception>
    public void Thaw() => RequireFreezer().Thaw();

    /// <summary>Memory in use; null where it is not accounted (<see cref="CgroupSpec.Accounting"/>).</summary>
    public CgroupMemoryUsage? ReadMemory() => Find(CgroupController.Memory) is { } directory ? MemoryController.Read(directory) : null;

    /// <summary>Processor time used; null where it is not accounted.</summary>
    public CgroupCpuUsage? ReadCpu()
    {
        CgroupDirectory? quota = _legacy.GetValueOrDefault(CgroupController.Cpu);
        return _unified is null
            ? CpuController.ReadLegacy(_legacy.GetValueOrDefault(CgroupController.CpuAccounting), quota)
            : CpuController.WithLegacyThrottling(CpuController.ReadUnified(_unified), quota);
    }

    /// <summary>Processes and threads; null where they are not accounted.</summary>
    public long? ReadTaskCount() => Find(CgroupController.Pids) is { } directory ? PidsController.Read(directory) : null;

    /// <summary>
    /// Removes it with everything below it. Processes that are still in it are killed. Waits for those that are ending, for at most ten
    /// seconds. What is already gone is no error.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LinuxException">EBUSY: a process does not end (uninterruptible sleep).</exception>
    public async ValueTask RemoveAsync(CancellationToken cancellationToken = default)
    {
        long start = Environment.TickCount64;
        TimeSpan pause = TimeSpan.FromMilliseconds(1);
        while (!TryRemove())
        {
            if (Environment.TickCount64 - start > s_removalTimeout.TotalMilliseconds)
                throw new LinuxException("rmdir", Errno.EBUSY, Directories.First(directory => directory.Exists).Path);

            // Again each time: a process may have been moved in from a sibling hierarchy or forked into a new child.
            foreach (CgroupDirectory directory in Directories)
                await CgroupProcesses.KillAsync(directory, Freezer, cancellationToken).ConfigureAwait(false);
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }

        Dispose();
    }

    /// <summary>Releases the descriptor; the cgroup and its processes stay.</summary>
    public void Dispose() => _descriptor?.Dispose();

    internal void AttachUnified(CgroupDirectory directory)
    {
        _unified = directory;
        _descriptor = directory.Open();
    }

    internal void AttachLegacy(CgroupController controller, CgroupDirectory directory) => _legacy.Add(controller, directory);

    /// <summary>The directory that has the controller's files.</summary>
    internal CgroupDirectory? Find(CgroupController controller)
    {
        if (_legacy.TryGetValue(controller, out CgroupDirectory? directory))
            return directory;

        return _unified is not null && _unified.ReadWords("cgroup.controllers").Contains(ResourceController.UnifiedName(controller))
            ? _unified
            : null;
    }

    /// <summary>Before the first process is in it.</summary>
    internal void Configure(CgroupSpec spec, LoadedDeviceProgram? program)
    {
        foreach (ResourceController controller in ResourceController.All.Where(controller => controller.IsNeeded(spec.Limits)))
        {
            controller.Apply(Require(controller.Kind), spec.Limits, CgroupLimits.None);
        }

        if (program is not null)
            program.AttachTo(_descriptor!, _unified!.Path);
        else if (spec.Devices is not null)
            LegacyDevices.Apply(_legacy[CgroupController.Devices], spec.Devices);
        _applied = spec.Limits;
    }

    /// <summary>For a creation that failed: nothing is in it yet.</summary>
    internal void RemoveEmpty()
    {
        foreach (CgroupDirectory directory in Directories)
            directory.TryRemove();
    }

    /// <summary>Somebody else may have disabled a controller since it was enabled.</summary>
    private CgroupDirectory Require(CgroupController controller) => Find(controller)
        ?? throw new CgroupUnavailableException($"the {ResourceController.UnifiedName(controller)} controller is not enabled in {_unified?.Path}.");

    private CgroupFreezer? Freezer => _unified is not null
        ? new CgroupFreezer(_unified)
        : Find(CgroupController.Freezer) is { } directory ? new CgroupFreezer(directory) : null;

    private CgroupFreezer RequireFreezer() => Freezer
        ?? throw new CgroupUnavailableException($"the processes of {Id} can't be frozen: no hierarchy with a freezer is usable.");

    /// <summary>Hierarchies that were added to a running cgroup are entered by its processes now, until no fork was missed.</summary>
    private void MoveIntoNew(HashSet<CgroupController> added)
    {
        foreach (CgroupController controller in added)
        {
            CgroupDirectory directory = _legacy[controller];
            while (true)
            {
                // Children of a process that was moved are in the new directory already, so this ends even under a fork bomb.
                List<int> remaining = [.. ReadProcessIds().Except(CgroupProcesses.List(directory))];
                if (remaining.Count == 0)
                    break;
                foreach (int process in remaining)
                {
                    Errno error = directory.TryWrite("cgroup.procs", process.ToString(CultureInfo.InvariantCulture));
                    if (error is not (Errno.None or Errno.ESRCH))
                        throw new LinuxException($"write \"{process}\"", error, directory.File("cgroup.procs"));
                }
            }
        }
    }

    private bool TryRemove()
    {
        bool removed = true;
        foreach (CgroupDirectory directory in Directories)
            removed &= CgroupTree.TryRemove(directory);
        return removed;
    }
}
