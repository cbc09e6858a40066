namespace ContainerKit;

/// <summary>What to wait for in the life of a container.</summary>
public enum WaitCondition
{
    /// <summary>It does not run, also because it never did; while its restart policy is about to start it again it counts as running.</summary>
    NotRunning,

    /// <summary>It ends once more from now on, and its restart policy does not start it again.</summary>
    NextExit,

    /// <summary>It is removed.</summary>
    Removed,
}
