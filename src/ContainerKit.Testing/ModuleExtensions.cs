namespace ContainerKit.Testing;

/// <summary>Modules on an engine.</summary>
public static class ModuleExtensions
{
    /// <summary>Starts a module, and waits until it is ready. The image is pulled when it is not there.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="module">What to start.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    /// <returns>The container; disposing stops and removes it.</returns>
    /// <exception cref="NotFoundException">There is no such image, and it can't be pulled.</exception>
    /// <exception cref="WaitFailedException">It did not become ready; nothing is left.</exception>
    public static async Task<ModuleContainer> StartAsync(this ContainerEngine engine, ContainerModule module, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(module);
        return new ModuleContainer(module, await StartAsync(engine, module, module.ToSpec(), cancellationToken).ConfigureAwait(false));
    }

    internal static async Task<Container> StartAsync(ContainerEngine engine, ContainerModule module, ContainerSpec spec, CancellationToken cancellationToken)
    {
        await TestEngine.EnsureImageAsync(engine, spec.Image, cancellationToken).ConfigureAwait(false);
        if (!module.IsCompletedLater)
            return await engine.Containers.StartAsync(spec, cancellationToken).ConfigureAwait(false);
        Container container = await engine.Containers.StartAsync(spec with { Readiness = null }, cancellationToken).ConfigureAwait(false);
        try
        {
            await module.CompleteAsync(container, cancellationToken).ConfigureAwait(false);
            if (spec.Readiness is { } readiness)
                await container.WaitForAsync(readiness, cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
