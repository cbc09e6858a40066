namespace ContainerKit;

/// <summary>How long a container may run.</summary>
public enum ContainerLifetime
{
    /// <summary>
    /// It ends with the engine that started it, however that ends. The default.
    /// </summary>
    Engine,

    /// <summary>
    /// It goes on when the engine is disposed or its process ends, even by <c>kill -9</c>, and the next engine that is opened on the data root takes it
    /// over: its state, log, exit code and restart policy. It has no input and no terminal.
    /// A process of some KiB stays with it; the container ends when that is killed, as by a service manager that ends everything in the cgroup of the
    /// host. Files of an ordinary user's can be copied by a later engine only when it does not run. Its log is not a json-file.
    /// </summary>
    Detached,
}
