using ContainerKit.Linux.Paths;
using ContainerKit.Runtime.Processes;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Runtime.Roots;

/// <summary>The files of containers, by descriptor, with the rights that root has inside of them.</summary>
internal interface IContainerRoots
{
    /// <summary>What the owners of files are inside.</summary>
    OwnerView Owners { get; }

    /// <summary>True when devices can be made: this process is root.</summary>
    bool CanMakeDevices { get; }

    /// <summary>The root that a running container sees, with everything that is mounted in it.</summary>
    /// <returns>The root, owned by the caller.</returns>
    /// <exception cref="InvalidStateException">The container has ended.</exception>
    ValueTask<ContainerRoot> OpenRunningAsync(ProcessIdentity container, CancellationToken cancellationToken);

    /// <summary>Mounts the root of a container that does not run, with its binds. Nobody starts the container meanwhile.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="workDirectory">A path beside the upper directory for the overlay's own use; made and removed.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The root, owned by the caller.</returns>
    /// <exception cref="ContainerStartException">It can't be mounted.</exception>
    ValueTask<ContainerRoot> MountAsync(RuntimeSpec spec, string workDirectory, CancellationToken cancellationToken);

    /// <summary>Opens a directory of this machine with the rights of a container's root.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>Stops all processes of a container until the result is disposed.</summary>
    /// <returns>Null where there is no cgroup that could do it.</returns>
    ValueTask<IDisposable?> FreezeAsync(string containerId, CancellationToken cancellationToken);
}
