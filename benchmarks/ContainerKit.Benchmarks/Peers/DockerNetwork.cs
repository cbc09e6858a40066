namespace ContainerKit.Benchmarks.Peers;

/// <summary>What a dockerd may do with networks.</summary>
internal enum DockerNetwork
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A bridge and rules in a network namespace of its own: this machine's stay as they are.</summary>
    Own,

    /// <summary>The same in the namespace of this process, which has one to itself.</summary>
    Shared,
}
