namespace ContainerKit;

/// <summary>Whose namespace a container is in, namespaces(7).</summary>
public enum NamespaceModeKind
{
    /// <summary>One of its own, which no other container may join in the case of IPC.</summary>
    Private,

    /// <summary>The engine process's, which is the host's as a rule.</summary>
    Host,

    /// <summary>IPC only: one of its own, which other containers may join.</summary>
    Shareable,

    /// <summary>IPC only: one of its own, without /dev/shm.</summary>
    None,

    /// <summary>That of another container.</summary>
    Container,
}
