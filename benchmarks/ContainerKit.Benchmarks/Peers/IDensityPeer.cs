namespace ContainerKit.Benchmarks.Peers;

/// <summary>A peer whose cost per running container can be measured.</summary>
internal interface IDensityPeer : IPeer
{
    /// <summary>Starts idle containers that run until the peer is disposed.</summary>
    Task StartManyAsync(int count, CancellationToken cancellationToken);

    /// <summary>Processes outside of the containers that exist for their sake at this moment: this process itself for a
    /// library, the daemon and its shims for a daemon.</summary>
    IReadOnlyCollection<int> HostProcesses();
}
