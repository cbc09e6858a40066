namespace ContainerKit.RegistryServer.Access;

/// <summary>What a client may do.</summary>
/// <param name="User">Who it is; null for nobody in particular.</param>
/// <param name="Granted">The actions on a repository.</param>
/// <param name="CanList">True where the catalog may be asked for.</param>
internal sealed record RegistryAccess(string? User, Func<string, OciRegistryActions> Granted, bool CanList)
{
    /// <summary>True where other credentials may get further: nobody yet, or a token for something else.</summary>
    internal bool MayAskAgain { get; init; }

    internal bool Allows(string repository, OciRegistryActions actions) => (Granted(repository) & actions) == actions;
}
