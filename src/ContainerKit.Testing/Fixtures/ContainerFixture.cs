using System.Net;
using Xunit;

namespace ContainerKit.Testing;

/// <summary>
/// One container for the tests of a class, a collection or an assembly: derive from it, and name it by <c>IClassFixture</c>, <c>ICollectionFixture</c> or
/// <c>[assembly: AssemblyFixture]</c>. For modules there is <see cref="ContainerFixture{TModule}"/>.
/// </summary>
/// <remarks>
/// When the container can't be started, the first test that asks for it fails with the whole story, the others with one line that refers to it. Tests that don't
/// ask for it run.
/// </remarks>
public abstract class ContainerFixture : IAsyncLifetime
{
    private readonly StartupFailure _failure = new();
    private ContainerEngine? _engine;
    private Container? _container;

    /// <summary>The engine, which all fixtures of the process share.</summary>
    public ContainerEngine Engine => _failure.Check(_engine, GetType());

    /// <summary>The container, ready.</summary>
    /// <exception cref="InvalidOperationException">It could not be started; the first time the inner exception says why.</exception>
    public Container Container => _failure.Check(_container, GetType());

    /// <summary>The address and port of this machine that lead to a port of the container.</summary>
    /// <param name="containerPort">The container's port, which the spec publishes.</param>
    public IPEndPoint GetEndpoint(int containerPort) => Container.GetHostEndpoint(containerPort);

    /// <summary>A URI for a port of the container, as in <c>http://127.0.0.1:40123/health</c>.</summary>
    /// <param name="containerPort">The container's port, which the spec publishes.</param>
    /// <param name="scheme">The scheme.</param>
    /// <param name="path">Path and query.</param>
    public Uri GetUri(int containerPort, string scheme = "http", string path = "/") => new($"{scheme}://{GetEndpoint(containerPort)}{(path.StartsWith('/') ? "" : "/")}{path}");

    /// <summary>Writes what the container writes from now on into the output of the test that runs now: <c>using var _ = db.WriteLogsToTest();</c> in a test.</summary>
    /// <returns>Disposing ends it.</returns>
    public IAsyncDisposable WriteLogsToTest()
        => new LogForwarding(Container, TestContext.Current.TestOutputHelper ?? throw new InvalidOperationException("No test is running here: call it in a test or in the constructor of its class."));

    /// <summary>Starts the container; called by xunit.</summary>
    public async ValueTask InitializeAsync()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        try
        {
            _engine = await OpenEngineAsync(token).ConfigureAwait(false);
            _container = await StartAsync(_engine, token).ConfigureAwait(false);
            await PrepareAsync(_container, token).ConfigureAwait(false);
        }
        catch (Exception e) when (!token.IsCancellationRequested)
        {
            // xunit would repeat all of it for every test of the class.
            _failure.Set(e);
            await DisposeContainerAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops and removes the container; called by xunit.</summary>
    public async ValueTask DisposeAsync()
    {
        await DisposeContainerAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>What the container is to be.</summary>
    protected abstract ContainerSpec Configure();

    /// <summary>What is done once, when the container is ready: migrations, seed data. By default nothing.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellationToken">The test run's.</param>
    protected virtual Task PrepareAsync(Container container, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The engine to use. By default that of all fixtures, <see cref="TestEngine"/>.</summary>
    /// <param name="cancellationToken">The test run's.</param>
    protected virtual Task<ContainerEngine> OpenEngineAsync(CancellationToken cancellationToken) => TestEngine.GetAsync(cancellationToken);

    private protected virtual async Task<Container> StartAsync(ContainerEngine engine, CancellationToken cancellationToken)
    {
        ContainerSpec spec = Configure();
        await TestEngine.EnsureImageAsync(engine, spec.Image, cancellationToken).ConfigureAwait(false);
        return await engine.Containers.StartAsync(spec, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask DisposeContainerAsync()
    {
        if (Interlocked.Exchange(ref _container, null) is { } container)
            await container.DisposeAsync().ConfigureAwait(false);
    }
}
