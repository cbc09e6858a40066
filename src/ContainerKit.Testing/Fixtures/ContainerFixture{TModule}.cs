namespace ContainerKit.Testing;

/// <summary>
/// One container of a module for the tests of a class, a collection or an assembly:
/// <c>class OrderTests(ContainerFixture&lt;PostgreSql&gt; db) : IClassFixture&lt;ContainerFixture&lt;PostgreSql&gt;&gt;</c>. Derive from it to change the module or to prepare
/// the container.
/// </summary>
/// <typeparam name="TModule">What to start.</typeparam>
public class ContainerFixture<TModule> : ContainerFixture
    where TModule : ContainerModule, new()
{
    private TModule? _module;

    /// <summary>What was started.</summary>
    public TModule Module => _module ??= ConfigureModule(new TModule());

    /// <summary>What a client of this machine is given to connect.</summary>
    public string ConnectionString => Module.GetConnectionString(Container);

    /// <summary>Changes the module before it is started: <c>module with { Database = "orders" }</c>.</summary>
    /// <param name="module">The module as it comes.</param>
    protected virtual TModule ConfigureModule(TModule module) => module;

    /// <inheritdoc/>
    protected sealed override ContainerSpec Configure() => Module.ToSpec();

    private protected sealed override Task<Container> StartAsync(ContainerEngine engine, CancellationToken cancellationToken)
        => ModuleExtensions.StartAsync(engine, Module, Configure(), cancellationToken);
}
