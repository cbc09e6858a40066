using ContainerKit.Containers.Instances;

namespace ContainerKit;

/// <content>Pausing, restarting, renaming, updating, waiting for conditions.</content>
public sealed partial class Container
{
    /// <summary>Stops all processes of the container, by the cgroup freezer, until <see cref="UnpauseAsync"/>; they don't notice.</summary>
    /// <exception cref="InvalidStateException">It does not run, or is paused already.</exception>
    /// <exception cref="UnsupportedException">It has no cgroup, as for an ordinary user without a delegated one; the message says how to get one.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it is not paused.</exception>
    public Task PauseAsync(CancellationToken cancellationToken = default) => _instance.PauseAsync(cancellationToken);

    /// <summary>Lets the processes of a paused container continue.</summary>
    /// <exception cref="InvalidStateException">It is not paused.</exception>
    public Task UnpauseAsync(CancellationToken cancellationToken = default) => _instance.UnpauseAsync(cancellationToken);

    /// <summary>Stops the container if it runs, as <see cref="StopAsync(TimeSpan?, CancellationToken)"/> does, and starts it. One that removes itself at its end stays.</summary>
    /// <param name="timeout">How long to wait before it is killed; null: the spec's <see cref="ContainerSpec.StopTimeout"/>; zero: kill at once.</param>
    /// <param name="cancellationToken">Stops waiting; the signal may be sent already, and then it is not started again.</param>
    /// <exception cref="ContainerStartException">A step of the start failed.</exception>
    public Task RestartAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => _instance.RestartAsync(timeout ?? Spec.StopTimeout, cancellationToken);

    /// <summary>As <see cref="RestartAsync(TimeSpan?, CancellationToken)"/>, with another signal than the container's own.</summary>
    /// <param name="timeout">How long to wait before it is killed; null: the spec's <see cref="ContainerSpec.StopTimeout"/>; zero: kill at once.</param>
    /// <param name="signal">A name such as <c>SIGINT</c> or <c>INT</c>, or a number.</param>
    /// <param name="cancellationToken">Stops waiting; the signal may be sent already, and then it is not started again.</param>
    /// <exception cref="ArgumentException">There is no such signal.</exception>
    /// <exception cref="ContainerStartException">A step of the start failed.</exception>
    public Task RestartAsync(TimeSpan? timeout, string signal, CancellationToken cancellationToken = default)
        => _instance.RestartAsync(timeout ?? Spec.StopTimeout, cancellationToken, SignalName.Parse(signal, nameof(signal)));

    /// <summary>Gives the container another name. Its host name stays.</summary>
    /// <param name="name"><c>[a-zA-Z0-9][a-zA-Z0-9_.-]+</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ArgumentException">The name is not allowed, or is the one that it has.</exception>
    /// <exception cref="ConflictException">The name is taken, or another engine process owns the container.</exception>
    public Task RenameAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _instance.RenameAsync(name, cancellationToken);
    }

    /// <summary>Changes limits and restart policy (everything that has a cgroup controller), of a running container at once: <c>UpdateAsync(spec => spec.WithMemoryLimit(…))</c>.</summary>
    /// <param name="change">Gets the spec, and returns it with other limits or another restart policy. May be called while the container is locked: it
    /// must not use the container.</param>
    /// <param name="cancellationToken">Stops waiting; nothing is changed then.</param>
    /// <exception cref="ArgumentException">A value is not allowed, or something else was changed. Nothing was changed.</exception>
    /// <exception cref="InvalidStateException">The kernel refuses a limit as things are. The old limits bind.</exception>
    /// <exception cref="UnsupportedException">This machine or user can't enforce a limit. The old limits bind.</exception>
    public Task UpdateAsync(Func<ContainerSpec, ContainerSpec> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _instance.UpdateAsync(change, cancellationToken);
    }

    /// <summary>Waits for a condition, from the call on: what happens before the result is awaited counts.</summary>
    /// <param name="condition">What to wait for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>How it ended last; 0 when it never ran.</returns>
    /// <exception cref="NotFoundException">It was removed, and the condition is not that.</exception>
    public Task<ExitStatus> WaitAsync(WaitCondition condition, CancellationToken cancellationToken = default) => _instance.WaitAsync(condition, cancellationToken);

    /// <summary>Waits until its health check says that it is healthy.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidStateException">It has no health check, does not run, or the check says that it is unhealthy.</exception>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public Task WaitUntilHealthyAsync(CancellationToken cancellationToken = default) => _instance.WaitUntilHealthyAsync(cancellationToken);

    /// <summary>Measures what the container uses now. One sample: differences need <see cref="WatchStatsAsync"/>.</summary>
    /// <exception cref="InvalidStateException">It does not run.</exception>
    public Task<ContainerStats> GetStatsAsync(CancellationToken cancellationToken = default)
        => cancellationToken.IsCancellationRequested ? Task.FromCanceled<ContainerStats>(cancellationToken) : Task.FromResult(_instance.GetStats());

    /// <summary>Measures what the container uses again and again, beginning at once, until it ends.</summary>
    /// <param name="interval">The time between two samples, at least 10 ms; null: one second.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidStateException">It does not run.</exception>
    public IAsyncEnumerable<ContainerStats> WatchStatsAsync(TimeSpan? interval = null, CancellationToken cancellationToken = default)
    {
        TimeSpan every = interval ?? TimeSpan.FromSeconds(1);
        if (every < TimeSpan.FromMilliseconds(10) || every > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(nameof(interval), every, $"interval '{every}' is not allowed: expected 10 ms to a day.");
        return _instance.WatchStatsAsync(every, cancellationToken);
    }

    /// <summary>Lists the processes of the container. They are looked up in /proc: neither the image nor the host needs ps.</summary>
    /// <param name="arguments">Which columns, in the words of ps(1): <c>-ef</c>, <c>aux</c>, or <c>-o pid,user,cmd</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">The arguments ask for something else.</exception>
    /// <exception cref="InvalidStateException">It does not run.</exception>
    public Task<ContainerProcessList> TopAsync(string arguments = "-ef", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return cancellationToken.IsCancellationRequested
            ? Task.FromCanceled<ContainerProcessList>(cancellationToken)
            : Task.FromResult(_instance.ListProcesses(arguments));
    }
}
