namespace ContainerKit.Testing;

/// <summary>What a <see cref="TestRegistry"/> is like.</summary>
public sealed record TestRegistryOptions
{
    /// <summary>The user whom the registry knows; null, the default: it asks nobody.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>; null: one that is made up, see <see cref="TestRegistry.Password"/>.</summary>
    public string? Password { get; init; }

    /// <summary>True: the user gets tokens, as from Docker Hub, rather than sending his password with each request. Needs <see cref="User"/>. Default false.</summary>
    public bool UseTokens { get; init; }
}
