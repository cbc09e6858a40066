using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Roots;
using ContainerKit.Runtime.Supervision;

namespace ContainerKit.Runtime;

/// <summary>Turns a resolved <see cref="RuntimeSpec"/> into a running process in its own namespaces.</summary>
internal interface IContainerRuntime : IAsyncDisposable
{
    /// <summary>True when the engine runs without root, inside a user namespace of its own.</summary>
    bool IsRootless { get; }

    /// <summary>The files of containers.</summary>
    IContainerRoots Roots { get; }

    /// <summary>
    /// Starts the container's first process. Returns after the program was executed; on failure or cancellation nothing is left
    /// (no process, no cgroup).
    /// </summary>
    /// <exception cref="ContainerStartException">A step failed; carries Docker's exit code (125, 126, 127).</exception>
    /// <exception cref="UnsupportedException">The spec asks for what this machine or user can't do.</exception>
    Task<IContainerProcess> StartAsync(RuntimeSpec spec, CancellationToken cancellationToken);

    /// <summary>
    /// Does ahead what most containers have in common: a cgroup, namespaces, the kernel's file systems. Null where this runtime has nothing to
    /// prepare.
    /// </summary>
    /// <param name="id">The id of the container to come.</param>
    /// <param name="likely">
    /// The container that is likely to come, in the directories that it has now: its root is mounted, too, where that is possible. Null: not known.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    Task<IPreparedContainer?> PrepareAsync(string id, RuntimeSpec? likely, CancellationToken cancellationToken) => Task.FromResult<IPreparedContainer?>(null);

    /// <summary>As <see cref="StartAsync(RuntimeSpec, CancellationToken)"/>, from what was prepared where that is possible.</summary>
    /// <param name="prepared">For the same id; used up by the call, whatever its outcome.</param>
    Task<IContainerProcess> StartAsync(RuntimeSpec spec, IPreparedContainer? prepared, CancellationToken cancellationToken) => StartAsync(spec, cancellationToken);

    /// <summary>
    /// Takes over a container that an earlier engine started with a supervision. Null when there is none, or it was lost without a word: then there is
    /// still something to clean up.
    /// </summary>
    Task<IContainerProcess?> AdoptAsync(RuntimeSupervision supervision, CancellationToken cancellationToken) => Task.FromResult<IContainerProcess?>(null);

    /// <summary>Starts a further process inside a running container.</summary>
    /// <exception cref="ContainerStartException">A step failed; carries Docker's exit code (126, 127).</exception>
    Task<IContainerProcess> ExecAsync(RuntimeExecSpec spec, CancellationToken cancellationToken);

    /// <summary>Gives access to what a running container uses. The caller disposes the result.</summary>
    /// <param name="id">The container's full id.</param>
    /// <param name="first">Its first process.</param>
    IContainerResources OpenResources(string id, ProcessIdentity first);

    /// <summary>
    /// Kills every process that is left of a container and removes its cgroup; for containers whose owner died, and after exit.
    /// Does nothing where nothing is left.
    /// </summary>
    /// <param name="id">The container's full id.</param>
    /// <param name="identity">The first process, if one was recorded: it is killed only when it is still the same process.</param>
    Task CleanUpAsync(string id, ProcessIdentity? identity, CancellationToken cancellationToken);

    /// <summary>Removes what is left of a container whose first process has ended here.</summary>
    /// <param name="id">The container's full id.</param>
    /// <param name="ended">Its first process.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task CleanUpAsync(string id, IContainerProcess ended, CancellationToken cancellationToken) => CleanUpAsync(id, ended.Identity, cancellationToken);

    /// <summary>Removes a directory tree that may hold files of mapped users and hostile names. Never follows a symbolic link.</summary>
    Task RemoveTreeAsync(string path, CancellationToken cancellationToken);
}
