namespace ContainerKit.Hosting;

/// <summary>
/// The engine of an application. It opens one at the first call, for everybody, and closes it with the application. A service that is used before
/// the host has started, or without a host, injects this rather than <see cref="ContainerEngine"/>.
/// </summary>
public interface IContainerEngineProvider
{
    /// <summary>The engine, opened if it is not yet. After a failure the next call tries again.</summary>
    /// <param name="cancellationToken">Stops waiting; the engine is opened all the same, for others.</param>
    /// <returns>The engine, which belongs to the provider: don't dispose it.</returns>
    /// <exception cref="UnsupportedException">This machine or user can't run containers; the message says what is missing.</exception>
    /// <exception cref="ObjectDisposedException">The application has ended.</exception>
    Task<ContainerEngine> GetAsync(CancellationToken cancellationToken = default);
}
