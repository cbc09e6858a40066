namespace ContainerKit.Compose;

/// <summary>What has happened to a part of a project.</summary>
public enum ComposeAction
{
    /// <summary>It was made.</summary>
    Created,

    /// <summary>It was replaced by one of the present form.</summary>
    Recreated,

    /// <summary>It was started.</summary>
    Started,

    /// <summary>It runs already, and is as the file says.</summary>
    Running,

    /// <summary>Somebody waits for it to be healthy, or to end.</summary>
    Waiting,

    /// <summary>Its health check has succeeded.</summary>
    Healthy,

    /// <summary>It has ended with exit code 0.</summary>
    Exited,

    /// <summary>A service that can do without it goes on: it has failed.</summary>
    Failed,

    /// <summary>It was restarted.</summary>
    Restarted,

    /// <summary>It was stopped.</summary>
    Stopped,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>It belongs to the project, to a service that is not in the file any more.</summary>
    Orphaned,

    /// <summary>It is being pulled.</summary>
    Pulling,

    /// <summary>It was pulled.</summary>
    Pulled,

    /// <summary>It is being built.</summary>
    Building,

    /// <summary>It was built.</summary>
    Built,
}
