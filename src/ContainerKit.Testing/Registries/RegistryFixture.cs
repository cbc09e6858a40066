using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.Testing;

/// <summary>
/// A <see cref="TestRegistry"/> for the tests of a class, a collection or an assembly, by <c>IClassFixture&lt;RegistryFixture&gt;</c>. Derive from it for a registry that
/// asks for a password, or that has images from the beginning.
/// </summary>
public class RegistryFixture : IAsyncLifetime
{
    private TestRegistry? _registry;

    /// <summary>The registry.</summary>
    /// <exception cref="InvalidOperationException">xunit has not started the fixture.</exception>
    public TestRegistry Registry => _registry ?? throw new InvalidOperationException($"{GetType().Name} has no registry: xunit starts it, as IClassFixture, ICollectionFixture or [assembly: AssemblyFixture].");

    /// <inheritdoc cref="TestRegistry.Name"/>
    public string Name => Registry.Name;

    /// <inheritdoc cref="TestRegistry.Credential"/>
    public RegistryCredential? Credential => Registry.Credential;

    /// <summary>Puts an image of the engine that all fixtures share here.</summary>
    /// <inheritdoc cref="TestRegistry.PushAsync"/>
    public async Task<string> PushAsync(string image, string? name = null, CancellationToken cancellationToken = default)
        => await Registry.PushAsync(await TestEngine.GetAsync(cancellationToken).ConfigureAwait(false), image, name, cancellationToken).ConfigureAwait(false);

    /// <summary>Starts the registry; called by xunit.</summary>
    public async ValueTask InitializeAsync()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        _registry = await TestRegistry.StartAsync(Configure(), token).ConfigureAwait(false);
        await PrepareAsync(_registry, token).ConfigureAwait(false);
    }

    /// <summary>Stops it; called by xunit.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _registry, null) is { } registry)
            await registry.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>What the registry is like. By default it asks nobody.</summary>
    protected virtual TestRegistryOptions Configure() => new();

    /// <summary>What is done once: pushing images, for instance. By default nothing.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="cancellationToken">The test run's.</param>
    protected virtual Task PrepareAsync(TestRegistry registry, CancellationToken cancellationToken) => Task.CompletedTask;
}
