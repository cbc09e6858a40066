namespace ContainerKit.Benchmarks.Comparison;

/// <summary>What one measured run does.</summary>
internal enum Scenario
{
    /// <summary>Create, start, wait for and remove a container that runs <c>/bin/true</c>.</summary>
    Start,

    /// <summary>As <see cref="Start"/>, with an interface in the default network.</summary>
    StartBridge,

    /// <summary>Run <c>/bin/true</c> inside a container that is already running.</summary>
    Exec,
}
