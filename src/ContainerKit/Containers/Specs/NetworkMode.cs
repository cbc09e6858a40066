namespace ContainerKit;

/// <summary>Which network a container sees.</summary>
public enum NetworkMode
{
    /// <summary>
    /// The networks that <see cref="ContainerSpec.Networks"/> names; where it names none, the default bridge network, or nothing but a loopback
    /// interface where this engine can't make networks (<see cref="NetworkCollection.IsAvailable"/>). The default.
    /// </summary>
    Default,

    /// <summary>A network namespace of its own with nothing but a loopback interface; network_namespaces(7).</summary>
    None,

    /// <summary>The host's network namespace, with all its interfaces and ports.</summary>
    Host,

    /// <summary>The network namespace of another container, <see cref="ContainerSpec.NetworkContainer"/>.</summary>
    Container,
}
