namespace ContainerKit;

/// <summary>How far a step is.</summary>
public enum BuildStepState
{
    /// <summary>It begins.</summary>
    Started,

    /// <summary>Its result was taken from the cache.</summary>
    Cached,

    /// <summary>It is done.</summary>
    Completed,

    /// <summary>It failed; the build ends with an exception that says why.</summary>
    Failed,
}
