namespace ContainerKit;

/// <summary>Which network a container sees.</summary>
public enum NetworkMode
{
    /// <summary>A network namespace of its own with nothing but a loopback interface; network_namespaces(7). The default.</summary>
    None,

    /// <summary>The host's network namespace, with all its interfaces and ports.</summary>
    Host,

    /// <summary>The network namespace of another container, <see cref="ContainerSpec.NetworkContainer"/>.</summary>
    Container,
}
