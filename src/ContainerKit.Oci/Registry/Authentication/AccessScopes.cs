namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>What a request needs to be allowed, in the words of the token protocol: <c>repository:library/alpine:pull</c>.</summary>
internal sealed class AccessScopes
{
    private const int MaxChallengeScopes = 16;

    private readonly SortedSet<string> _scopes;

    private AccessScopes(IEnumerable<string> scopes, string repository)
    {
        _scopes = new SortedSet<string>(scopes, StringComparer.Ordinal);
        Repository = repository;
    }

    /// <summary>The key by which the scopes travel with a request.</summary>
    public static HttpRequestOptionsKey<AccessScopes> OptionsKey { get; } = new("ContainerKit.AccessScopes");

    public static AccessScopes None { get; } = new([], "");

    public static AccessScopes Catalog { get; } = new(["registry:catalog:*"], "");

    /// <summary>The repository whose credentials count; empty for the registry as a whole.</summary>
    public string Repository { get; }

    public IReadOnlyCollection<string> Values => _scopes;

    public static AccessScopes Pull(string repository) => new([$"repository:{repository}:pull"], repository);

    public static AccessScopes Push(string repository) => new([$"repository:{repository}:pull,push"], repository);

    public static AccessScopes Delete(string repository) => new([$"repository:{repository}:delete"], repository);

    /// <summary>Pushing to one repository from another one of the same registry.</summary>
    public static AccessScopes Mount(string repository, string from)
        => new([$"repository:{repository}:pull,push", $"repository:{from}:pull"], repository);

    /// <summary>With what a registry asks for, which may be named differently from what was expected.</summary>
    public AccessScopes With(string? challengeScope)
        => string.IsNullOrWhiteSpace(challengeScope)
            ? this
            : new AccessScopes(_scopes.Concat(challengeScope.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxChallengeScopes)), Repository);

    public bool IsSubsetOf(AccessScopes other) => _scopes.IsSubsetOf(other._scopes);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _scopes);
}
