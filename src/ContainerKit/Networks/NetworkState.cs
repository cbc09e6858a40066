using System.Collections.Immutable;

namespace ContainerKit.Networks;

/// <summary>What a running container has of its networks; part of state.json.</summary>
internal sealed record NetworkState
{
    public ImmutableArray<Endpoint> Endpoints { get; init => field = value.IsDefault ? [] : value; } = [];

    public ImmutableArray<PublishedPort> Ports { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: it asks a server of its engine for names.</summary>
    public bool HasNameServer { get; init; }

    /// <summary>Lines of the hosts file for containers of the default network that it is linked to.</summary>
    public ImmutableArray<string> LinkedHosts { get; init => field = value.IsDefault ? [] : value; } = [];
}
