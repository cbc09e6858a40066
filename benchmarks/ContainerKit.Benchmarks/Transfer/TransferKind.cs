namespace ContainerKit.Benchmarks.Transfer;

/// <summary>What is measured.</summary>
internal enum TransferKind
{
    /// <summary>A tree of files is copied into a running container and out again.</summary>
    Cp,

    /// <summary>The first sample of a running container's statistics is taken.</summary>
    Stats,

    /// <summary>1 GiB goes through standard output to the log and to a follower of it.</summary>
    Logs,
}
