using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Ownership;

/// <summary>Directories with the rights of a user namespace's root. The process that has these rights is started at the first use.</summary>
internal sealed class NamespaceFiles(UserNamespace userNamespace) : IDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private NamespaceCaller? _caller;

    /// <summary>What the owners of files are inside.</summary>
    public OwnerView View { get; } = new(userNamespace.Map);

    /// <summary>Opens a directory.</summary>
    /// <returns>The directory, owned by the caller; to be disposed before this object.</returns>
    public async ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (_caller is null)
        {
            await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                _caller ??= await NamespaceCaller.StartAsync(userNamespace).ConfigureAwait(false);
            }
            finally
            {
                _starting.Release();
            }
        }
        return RootedDirectory.Open(path, _caller);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _caller?.Dispose();
        _starting.Dispose();
    }
}
