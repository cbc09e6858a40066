namespace ContainerKit.Testing;

/// <summary>
/// A container that was prepared once (started, filled, stopped in order) and of which any number of fresh ones can be started in milliseconds, each with its own
/// copy of what was prepared: a database per test. Only what is in the container's own files is part of it, nothing in volumes. Disposing removes it; that of a
/// process that was killed is removed by the next that opens the engine of tests.
/// </summary>
public sealed class ContainerSnapshot : IAsyncDisposable
{
    private static readonly TimeSpan s_stopping = TimeSpan.FromMinutes(1);
    private readonly ContainerEngine _engine;
    private int _disposed;

    private ContainerSnapshot(ContainerEngine engine, Image image, ContainerSpec spec) => (_engine, Image, Spec) = (engine, image, spec);

    /// <summary>The image that holds what was prepared.</summary>
    public Image Image { get; }

    /// <summary>The spec of the fresh containers; vary it for those that are to be different.</summary>
    public ContainerSpec Spec { get; }

    /// <summary>Prepares a container, and takes the snapshot.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="spec">What it is to be. The fresh ones are the same, without its name and files.</param>
    /// <param name="prepare">What is done when it is ready: migrations, seed data. Null for nothing.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>The snapshot, which the caller owns.</returns>
    /// <exception cref="InvalidStateException">It did not stop within a minute, so its files may be half written.</exception>
    /// <exception cref="WaitFailedException">It did not become ready.</exception>
    public static async Task<ContainerSnapshot> CreateAsync(
        ContainerEngine engine, ContainerSpec spec, Func<Container, CancellationToken, Task>? prepare = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(spec);
        await TestEngine.EnsureImageAsync(engine, spec.Image, cancellationToken).ConfigureAwait(false);
        Container container = await engine.Containers.StartAsync(spec with { AutoRemove = false, RestartPolicy = RestartPolicy.No }, cancellationToken).ConfigureAwait(false);
        await using (container.ConfigureAwait(false))
        {
            if (prepare is not null)
                await prepare(container, cancellationToken).ConfigureAwait(false);
            return await OfContainerAsync(engine, container, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a fresh container, and waits until it is ready.</summary>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>A handle that owns the container.</returns>
    /// <exception cref="WaitFailedException">It did not become ready.</exception>
    public Task<Container> StartAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _engine.Containers.StartAsync(Spec, cancellationToken);
    }

    /// <summary>Removes the snapshot. Containers that were started from it go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await RunOwner.RemoveAsync(_engine, Image).ConfigureAwait(false);
    }

    private static async Task<ContainerSnapshot> OfContainerAsync(ContainerEngine engine, Container container, CancellationToken cancellationToken)
    {
        await container.StopAsync(s_stopping, cancellationToken).ConfigureAwait(false);
        ExitStatus exit = await container.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (exit.Signal == 9 || exit.ExitCode == 137)
        {
            throw new InvalidStateException(
                $"Container {container} was prepared, but did not end within {s_stopping.TotalSeconds} s of its stop signal and was killed, so its files may be half written. "
                + "Set the signal that its program ends by: WithStopSignal.");
        }

        // Compressing takes longer than everything else, and nobody sends it anywhere.
        var options = new CommitOptions { Compression = LayerCompression.None, Changes = [$"LABEL {RunOwner.Label}={RunOwner.Current}"] };
        Image image = await container.CommitAsync(options: options, cancellationToken: cancellationToken).ConfigureAwait(false);
        ContainerSpec spec = container.Spec with { Image = image.Id.ToString(), Name = null, Files = [] };
        return new ContainerSnapshot(engine, image, spec);
    }
}
