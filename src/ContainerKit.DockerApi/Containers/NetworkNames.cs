namespace ContainerKit.DockerApi.Containers;

/// <summary>The names of networks by what containers know them by, read once a request.</summary>
internal sealed class NetworkNames
{
    private readonly Dictionary<string, (string Name, string Id)> _networks = new(StringComparer.Ordinal);

    private NetworkNames()
    {
    }

    /// <summary>All networks. That takes their lock, and reads their descriptions and addresses.</summary>
    internal static async Task<NetworkNames> ReadAsync(ContainerEngine engine, CancellationToken cancellationToken)
    {
        NetworkNames names = new();
        foreach (NetworkInfo network in await engine.Networks.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
            names.Add(network.Name, network.Id);
        return names;
    }

    /// <summary>Those that one container has to do with: while it runs, it knows them itself.</summary>
    internal static async ValueTask<NetworkNames> ReadAsync(ContainerEngine engine, ContainerInfo container, CancellationToken cancellationToken)
    {
        NetworkNames names = new();
        foreach (NetworkEndpointInfo endpoint in container.Networks)
            names.Add(endpoint.NetworkName, endpoint.NetworkId);
        return names.Suffice(container) ? names : await ReadAsync(engine, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Name and id; of a network that was removed what the container has kept.</summary>
    internal (string Name, string Id) Find(string nameOrId) => _networks.TryGetValue(nameOrId, out (string, string) known) ? known : (nameOrId, nameOrId);

    private void Add(string name, string id) => _networks[id] = _networks[name] = (name, id);

    private bool Suffice(ContainerInfo container)
    {
        // Its first network gives the mode its name; that of another container is not looked up.
        if (container.Spec.Network != NetworkMode.Container && !_networks.ContainsKey(HostConfigMapper.NetworkMode(container.Spec)))
            return false;
        foreach (NetworkAttachment attachment in container.NetworkAttachments)
        {
            if (!_networks.ContainsKey(attachment.Network))
                return false;
        }

        return true;
    }
}
