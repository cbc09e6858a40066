namespace ContainerKit.Compose;

/// <summary>What a service waits for before it is started.</summary>
public enum ComposeCondition
{
    /// <summary>The containers of the other were started.</summary>
    Started,

    /// <summary>They run, and their health checks succeed.</summary>
    Healthy,

    /// <summary>They have ended with exit code 0.</summary>
    Completed,
}
