using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime.Namespaces;

/// <summary>Which namespaces of a container are its own, the host's, or another container's.</summary>
internal sealed record RuntimeNamespaces
{
    /// <summary>Process ids, pid_namespaces(7).</summary>
    public RuntimeNamespace ProcessIds { get; init; } = RuntimeNamespace.New;

    /// <summary>System V IPC and POSIX message queues, ipc_namespaces(7), and with them /dev/shm.</summary>
    public RuntimeNamespace Ipc { get; init; } = RuntimeNamespace.New;

    /// <summary>Host and domain name, uts_namespaces(7).</summary>
    public RuntimeNamespace HostName { get; init; } = RuntimeNamespace.New;

    /// <summary>The view of the cgroup hierarchy, cgroup_namespaces(7).</summary>
    public RuntimeNamespace ControlGroups { get; init; } = RuntimeNamespace.New;

    /// <summary>Network devices, addresses and sockets, network_namespaces(7).</summary>
    public RuntimeNamespace Network { get; init; } = RuntimeNamespace.New;
}

/// <summary>One namespace of a container.</summary>
/// <param name="Kind">Whose it is.</param>
/// <param name="ContainerId">The container that it belongs to, for <see cref="RuntimeNamespaceKind.Container"/>.</param>
/// <param name="Process">That container's first process.</param>
internal sealed record RuntimeNamespace(RuntimeNamespaceKind Kind, string ContainerId = "", ProcessIdentity Process = default)
{
    public static RuntimeNamespace New { get; } = new(RuntimeNamespaceKind.New);

    public static RuntimeNamespace Host { get; } = new(RuntimeNamespaceKind.Host);
}

/// <summary>Whose a namespace is.</summary>
internal enum RuntimeNamespaceKind
{
    /// <summary>Made for the container.</summary>
    New,

    /// <summary>The engine process's own.</summary>
    Host,

    /// <summary>That of another, running container.</summary>
    Container,
}
