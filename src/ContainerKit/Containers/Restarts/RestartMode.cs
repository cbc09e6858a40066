namespace ContainerKit;

/// <summary>When a container is started again after its end. A stop by a caller always ends it for good.</summary>
public enum RestartMode
{
    /// <summary>Never. The default.</summary>
    No,

    /// <summary>When its exit code is not 0.</summary>
    OnFailure,

    /// <summary>Whatever its exit code; also when an engine is opened with <see cref="EngineOptions.StartContainers"/>.</summary>
    Always,

    /// <summary>As <see cref="Always"/>, but an engine that is opened leaves it alone when a caller stopped it.</summary>
    UnlessStopped,
}
