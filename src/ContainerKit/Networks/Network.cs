using ContainerKit.Networks;

namespace ContainerKit;

/// <summary>A network. Disposing a handle of <see cref="NetworkCollection.CreateAsync(NetworkSpec, CancellationToken)"/> removes it; others own nothing.</summary>
public sealed class Network : IAsyncDisposable
{
    private readonly NetworkCollection _networks;
    private bool _owns;

    internal Network(NetworkCollection networks, NetworkDocument document, bool owns)
        => (_networks, Id, Name, _owns) = (networks, document.Id, document.Name, owns);

    /// <summary>64 hexadecimal digits, unique.</summary>
    public string Id { get; }

    /// <summary>The name, unique in the data root.</summary>
    public string Name { get; }

    /// <summary>The network as it is now.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public Task<NetworkInfo> InspectAsync(CancellationToken cancellationToken = default) => _networks.InspectAsync(Id, cancellationToken);

    /// <summary>Removes it.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ConflictException">Containers run in it.</exception>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken = default)
    {
        await _networks.RemoveAsync(Id, cancellationToken).ConfigureAwait(false);
        _owns = false;
    }

    /// <summary>Leaves the network when the handle is disposed.</summary>
    /// <returns>This handle.</returns>
    public Network Keep()
    {
        _owns = false;
        return this;
    }

    /// <summary>Removes the network if this handle owns it; idempotent.</summary>
    /// <exception cref="ConflictException">Containers run in it; the handle can be disposed again.</exception>
    public async ValueTask DisposeAsync()
    {
        if (!_owns)
            return;
        try
        {
            await _networks.RemoveAsync(Id, CancellationToken.None).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // Somebody else removed it.
        }

        _owns = false;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
