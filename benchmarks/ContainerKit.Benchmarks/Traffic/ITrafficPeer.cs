using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>An engine whose networks are measured.</summary>
internal interface ITrafficPeer : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Starts iperf3 and redis in a network, their ports published, and a third container there.</summary>
    Task<TrafficPlaces> StartAsync(Workspace workspace, string archive, CancellationToken cancellationToken);
}
