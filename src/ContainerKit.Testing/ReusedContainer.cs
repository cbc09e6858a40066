namespace ContainerKit.Testing;

/// <summary>
/// Containers that outlive the test run, for the inner loop of development: the next run finds the one that the same spec has made and uses it, with all that is
/// in it. They are to be removed by hand (<see cref="RemoveAllAsync"/>), and not meant for build servers.
/// </summary>
public static class ReusedContainer
{
    /// <summary>The label that they all have; its value is the fingerprint of the spec.</summary>
    public const string Label = "containerkit.testing.reuse";

    private const int Attempts = 20;

    /// <summary>Finds the running container of a spec, or starts it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="spec">What it is to be. Its name and lifetime are chosen here.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A handle that owns nothing. When another process started the container, this one can look at it and connect to it, but not change it.</returns>
    /// <exception cref="WaitFailedException">It did not become ready.</exception>
    public static async Task<Container> GetOrStartAsync(ContainerEngine engine, ContainerSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(spec);
        await TestEngine.EnsureImageAsync(engine, spec.Image, cancellationToken).ConfigureAwait(false);

        // A newer image of the same name is another container.
        string image = (await engine.Images.FindAsync(spec.Image, cancellationToken).ConfigureAwait(false))?.Id.ToString() ?? spec.Image;
        string fingerprint = (spec with { Image = image, Name = null }).GetFingerprint();
        string name = $"reused-{fingerprint[..20]}";
        ContainerSpec detached = spec.WithName(name).WithLabel(Label, fingerprint).WithLifetime(ContainerLifetime.Detached) with { AutoRemove = false };
        for (int attempt = 1; ; attempt++)
        {
            if (await engine.Containers.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } found)
            {
                if ((await found.InspectAsync(cancellationToken).ConfigureAwait(false)).Status is ContainerStatus.Running)
                {
                    if (spec.Readiness is { } readiness)
                        await found.WaitForAsync(readiness, cancellationToken).ConfigureAwait(false);
                    return found;
                }

                await found.RemoveAsync(force: true, volumes: true, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await engine.Containers.StartAsync(detached, cancellationToken).ConfigureAwait(false);
            }
            catch (ConflictException) when (attempt < Attempts)
            {
                // Another process starts it: its container is the one to use.
                await Task.Delay(TimeSpan.FromMilliseconds(50 * attempt), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes all containers that were kept for reuse.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="cancellationToken">Stops; what is removed stays removed.</param>
    /// <returns>How many there were.</returns>
    public static async Task<int> RemoveAllAsync(ContainerEngine engine, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var options = new ContainerListOptions { Filters = FilterSet.Empty.With("label", Label) };
        IReadOnlyList<ContainerInfo> all = await engine.Containers.ListAsync(options, cancellationToken).ConfigureAwait(false);
        foreach (ContainerInfo info in all)
        {
            if (await engine.Containers.FindAsync(info.Id, cancellationToken).ConfigureAwait(false) is { } container)
                await container.RemoveAsync(force: true, volumes: true, cancellationToken).ConfigureAwait(false);
        }

        return all.Count;
    }
}
