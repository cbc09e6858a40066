namespace ContainerKit;

/// <summary>What the health check of a container says.</summary>
public enum HealthStatus
{
    /// <summary>There is no health check.</summary>
    None,

    /// <summary>It started, and no check has succeeded yet.</summary>
    Starting,

    /// <summary>The last check succeeded, or too few have failed since one did.</summary>
    Healthy,

    /// <summary>Too many checks failed in a row, or the container does not run.</summary>
    Unhealthy,
}
