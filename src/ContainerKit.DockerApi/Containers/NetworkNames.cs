namespace ContainerKit.DockerApi.Containers;

/// <summary>The names of networks by what containers know them by, read once a request.</summary>
internal sealed class NetworkNames
{
    private readonly Dictionary<string, (string Name, string Id)> _networks = new(StringComparer.Ordinal);

    private NetworkNames(IReadOnlyList<NetworkInfo> networks)
    {
        foreach (NetworkInfo network in networks)
            _networks[network.Id] = _networks[network.Name] = (network.Name, network.Id);
    }

    internal static async Task<NetworkNames> ReadAsync(ContainerEngine engine, CancellationToken cancellationToken)
        => new(await engine.Networks.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false));

    /// <summary>Name and id; of a network that was removed what the container has kept.</summary>
    internal (string Name, string Id) Find(string nameOrId) => _networks.TryGetValue(nameOrId, out (string, string) known) ? known : (nameOrId, nameOrId);
}
