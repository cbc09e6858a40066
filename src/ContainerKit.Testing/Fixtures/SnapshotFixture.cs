using Xunit;

namespace ContainerKit.Testing;

/// <summary>
/// A fresh container of a module for each test, in milliseconds: the fixture starts and prepares one, takes a snapshot of it, and
/// <see cref="StartAsync"/> starts a copy: <c>await using ModuleContainer db = await databases.StartAsync();</c>. The module has to keep its data in the container's
/// own files; those of PostgreSQL, MySQL, MariaDB and MongoDB do, and those that have no data to begin with.
/// </summary>
/// <typeparam name="TModule">What to start.</typeparam>
public class SnapshotFixture<TModule> : IAsyncLifetime
    where TModule : ContainerModule, new()
{
    private readonly StartupFailure _failure = new();
    private TModule? _module;
    private ContainerSnapshot? _snapshot;

    /// <summary>What is started.</summary>
    public TModule Module => _module ??= ConfigureModule(new TModule());

    /// <summary>What the containers are started from.</summary>
    /// <exception cref="InvalidOperationException">It could not be prepared; the first time the inner exception says why.</exception>
    public ContainerSnapshot Snapshot => _failure.Check(_snapshot, GetType());

    /// <summary>Starts a container with nothing in it but what was prepared, and waits until it is ready.</summary>
    /// <param name="cancellationToken">Cancels; null in a test: the test's.</param>
    /// <returns>The container; disposing stops and removes it.</returns>
    /// <exception cref="WaitFailedException">It did not become ready.</exception>
    public async Task<ModuleContainer> StartAsync(CancellationToken? cancellationToken = null)
        => new(Module, await Snapshot.StartAsync(cancellationToken ?? TestContext.Current.CancellationToken).ConfigureAwait(false));

    /// <summary>Prepares the container and takes the snapshot; called by xunit.</summary>
    public async ValueTask InitializeAsync()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        try
        {
            ContainerEngine engine = await OpenEngineAsync(token).ConfigureAwait(false);
            if (Module.IsCompletedLater)
                throw new NotSupportedException($"{typeof(TModule).Name} has to be told its port at every start, so it can't be started from a snapshot. Use ContainerFixture<{typeof(TModule).Name}>.");
            _snapshot = await ContainerSnapshot.CreateAsync(engine, Module.ToSpec(), PrepareAsync, token).ConfigureAwait(false);
        }
        catch (Exception e) when (!token.IsCancellationRequested)
        {
            _failure.Set(e);
        }
    }

    /// <summary>Removes the snapshot; called by xunit.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _snapshot, null) is { } snapshot)
            await snapshot.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the module before it is started: <c>module with { Database = "orders" }</c>.</summary>
    /// <param name="module">The module as it comes.</param>
    protected virtual TModule ConfigureModule(TModule module) => module;

    /// <summary>What is done once, before the snapshot: migrations, seed data. By default nothing.</summary>
    /// <param name="container">The container, ready.</param>
    /// <param name="cancellationToken">The test run's.</param>
    protected virtual Task PrepareAsync(Container container, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The engine to use. By default that of all fixtures, <see cref="TestEngine"/>.</summary>
    /// <param name="cancellationToken">The test run's.</param>
    protected virtual Task<ContainerEngine> OpenEngineAsync(CancellationToken cancellationToken) => TestEngine.GetAsync(cancellationToken);
}
