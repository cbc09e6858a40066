using System.Collections.Concurrent;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>The registries that a client has to do with.</summary>
internal sealed class RegistryPool(RegistryClientOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, RegistryHost> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _opening = new(1, 1);

    public RegistryClientOptions Options => options;

    /// <summary>A registry, of which the address is found out when it is needed first.</summary>
    public async ValueTask<RegistryHost> GetAsync(string registry, CancellationToken cancellationToken)
    {
        if (_hosts.TryGetValue(registry, out RegistryHost? known))
        {
            return known;
        }

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_hosts.TryGetValue(registry, out known))
            {
                RegistryClientOptions complete = CertificateDirectory.Apply(registry, options);
                Uri origin = await OriginFinder.FindAsync(registry, complete, cancellationToken).ConfigureAwait(false);
                known = _hosts[registry] = new RegistryHost(registry, origin, complete);
            }

            return known;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>The registry if it was used already, or null.</summary>
    public RegistryHost? Find(string registry) => _hosts.GetValueOrDefault(registry);

    /// <summary>A repository on the registry that its name says.</summary>
    public async ValueTask<RegistryRoute> GetOriginAsync(ImageReference repository, CancellationToken cancellationToken)
        => new(await GetAsync(repository.Registry, cancellationToken).ConfigureAwait(false), repository.Repository);

    /// <summary>Reads something from the first mirror that has it, or else from the registry itself, whose error counts.</summary>
    public async Task<T> ReadAsync<T>(ImageReference repository, Func<RegistryRoute, Task<T>> read, CancellationToken cancellationToken)
    {
        foreach (RegistryMirror mirror in options.ForHost(repository.Registry).Mirrors)
        {
            try
            {
                string prefix = mirror.RepositoryPrefix.Trim('/');
                RegistryHost host = await GetAsync(mirror.Registry, cancellationToken).ConfigureAwait(false);
                return await read(new RegistryRoute(host, prefix.Length == 0 ? repository.Repository : $"{prefix}/{repository.Repository}")).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RegistryException or DigestMismatchException or OciFormatException or NotSupportedException)
            {
                // A mirror is a shortcut: whatever is wrong with it, the registry itself decides.
            }
        }

        return await read(await GetOriginAsync(repository, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RegistryHost host in _hosts.Values)
        {
            host.Dispose();
        }

        _opening.Dispose();
    }
}
