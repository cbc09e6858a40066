using System.Collections.Concurrent;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Preparation;
using ContainerKit.Containers.State;
using ContainerKit.Events;
using ContainerKit.Networks;
using ContainerKit.Networks.Control;
using ContainerKit.Networks.Host;
using ContainerKit.Runtime;
using ContainerKit.Volumes;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Containers;

/// <summary>What all containers of an engine share.</summary>
internal sealed class ContainerContext : IDisposable
{
    internal ContainerContext(string dataRoot, IContainerRuntime runtime, IContainerImages images, TimeProvider time, ILogger logger, bool preparesContainers,
        Func<ContainerPaths, IVolumeFiles> volumeFiles, INetworkHost? networkHost, Func<ContainerPaths, INetworkUsers> networkUsers,
        IEnumerable<IVolumeDriver> volumeDrivers)
    {
        Paths = new ContainerPaths(dataRoot);
        Names = new NameRegistry(Paths);
        (Runtime, Images, Time, Logger) = (runtime, images, time, logger);
        Prepared = new PreparedContainers(this, preparesContainers);
        Removals = new RemovalQueue(this);
        Events = new EventLog(time);
        Networks = new NetworkControl(new NetworkStore(dataRoot, time), networkHost, networkUsers(Paths), logger);
        Volumes = new VolumeStore(dataRoot, volumeFiles(Paths), time, Events, volumeDrivers);
    }

    internal ContainerPaths Paths { get; }

    internal NameRegistry Names { get; }

    internal IContainerRuntime Runtime { get; }

    internal IContainerImages Images { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal PreparedContainers Prepared { get; }

    internal RemovalQueue Removals { get; }

    internal EventLog Events { get; }

    internal VolumeStore Volumes { get; }

    internal NetworkControl Networks { get; }

    /// <summary>True: containers of the default network reach what is outside, as far as is known.</summary>
    internal bool HasWayOutside => Networks.LeadsOutside;

    internal OperationGate Operations { get; } = new();

    /// <summary>Containers that this process owns or has handles of, by id: all handles of a container share one object.</summary>
    internal ConcurrentDictionary<string, ContainerInstance> Instances { get; } = new(StringComparer.Ordinal);

    public void Dispose() => Operations.Dispose();
}
