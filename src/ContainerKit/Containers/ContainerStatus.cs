namespace ContainerKit;

/// <summary>Where a container is in its life.</summary>
public enum ContainerStatus
{
    /// <summary>It exists on disk and was never started.</summary>
    Created,

    /// <summary>Its first process runs.</summary>
    Running,

    /// <summary>Its processes are stopped until it is unpaused.</summary>
    Paused,

    /// <summary>Its first process ended, and its restart policy starts it again in a moment.</summary>
    Restarting,

    /// <summary>Its first process ended; files, logs and exit status are kept.</summary>
    Exited,

    /// <summary>It is being removed.</summary>
    Removing,
}
