using ContainerKit.Oci;

namespace ContainerKit.RegistryServer;

/// <summary>The registry that an <see cref="OciRegistry"/> is a cache of.</summary>
public sealed record OciRegistryMirrorOptions
{
    /// <summary>Its name as in references: <c>docker.io</c>, <c>registry.example:5000</c>.</summary>
    public required string Registry { get; init; }

    /// <summary>How it is reached, with which credentials. Null, the default: without, by the defaults of <see cref="RegistryClientOptions"/>.</summary>
    public RegistryClientOptions? Client { get; init; }

    /// <summary>How long a tag is served without asking whether it was moved. Default 1 minute. While the registry can't be reached, what is there is served.</summary>
    public TimeSpan TagLifetime { get; init; } = TimeSpan.FromMinutes(1);
}
