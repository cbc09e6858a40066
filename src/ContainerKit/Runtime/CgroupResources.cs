using ContainerKit.Linux;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime;

/// <summary>The resources of a container that has a cgroup; without one, as for most ordinary users on cgroup v1, what /proc tells.</summary>
internal sealed class CgroupResources(CgroupHost host, string id, ProcessIdentity first) : IContainerResources
{
    private readonly Cgroup? _cgroup = host.IsAvailable ? host.Open(id) : null;

    public async ValueTask FreezeAsync(CancellationToken cancellationToken)
    {
        Cgroup cgroup = Require("A container can be paused only in a cgroup of its own");
        try
        {
            await cgroup.FreezeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (CgroupUnavailableException e)
        {
            throw new UnsupportedException($"This container can't be paused: {e.Message}", e);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            throw Ended(e);
        }
        catch (OperationCanceledException)
        {
            cgroup.TryThaw();
            throw;
        }
    }

    public void Thaw() => _cgroup?.TryThaw();

    public void SetLimits(RuntimeSpec spec)
    {
        CgroupLimits limits = LinuxContainerRuntime.LimitsOf(spec);
        if (_cgroup is null && limits == CgroupLimits.None)
            return;
        Cgroup cgroup = Require("Limits can be set only in a cgroup");
        try
        {
            cgroup.SetLimits(limits);
        }
        catch (CgroupUnavailableException e)
        {
            throw new UnsupportedException(e.Message, e);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            throw Ended(e);
        }
        catch (LinuxException e) when (e.Errno == Errno.EBUSY)
        {
            throw new InvalidStateException($"The container uses more than the new limit allows, and the kernel could not reclaim it ({e.Message}). Choose a higher one.", e);
        }
    }

    public IReadOnlyList<int> ListProcesses() => _cgroup?.ReadProcessIds() ?? ProcessTree.ListContainer(first.Pid);

    public ResourceUsage ReadUsage() => _cgroup is null
        ? new ResourceUsage()
        : new ResourceUsage
        {
            Processor = _cgroup.ReadCpu(),
            Memory = _cgroup.ReadMemory(),
            MemoryDetails = _cgroup.ReadMemoryDetails(),
            Tasks = _cgroup.ReadTaskCount(),
            TaskLimit = _cgroup.ReadTaskLimit(),
            BlockDevices = _cgroup.ReadBlockDevices(),
            Pressure = _cgroup.ReadPressure(),
        };

    public long ReadOutOfMemoryKills() => _cgroup?.ReadMemory()?.OomKills ?? 0;

    public async Task WatchOutOfMemoryAsync(Action happened, CancellationToken cancellationToken)
    {
        using OutOfMemoryWatch? watch = _cgroup?.WatchOutOfMemory();
        while (watch is not null && await watch.WaitAsync(cancellationToken).ConfigureAwait(false))
            happened();
    }

    public void Dispose() => _cgroup?.Dispose();

    private Cgroup Require(string what) => _cgroup ?? throw (host.UnavailableReason is string reason
        ? new UnsupportedException($"{what}, and this user has none: {reason}")
        : Ended(null));

    private InvalidStateException Ended(Exception? inner) => new($"Container {id[..Math.Min(12, id.Length)]} has ended.", inner);
}
