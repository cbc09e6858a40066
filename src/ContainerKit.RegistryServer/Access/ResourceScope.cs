namespace ContainerKit.RegistryServer.Access;

/// <summary>A scope that a client asks a token for: <c>repository:team/app:pull,push</c>, <c>registry:catalog:*</c>.</summary>
internal static class ResourceScope
{
    internal const string Repository = "repository";
    internal const string Registry = "registry";
    internal const string Catalog = "catalog";

    private const int MaxScopes = 100;

    private static readonly (OciRegistryActions Action, string Name)[] Names =
        [(OciRegistryActions.Pull, "pull"), (OciRegistryActions.Push, "push"), (OciRegistryActions.Delete, "delete")];

    /// <summary>What of the scopes may be granted. Whatever is no scope is left out, as is what may not be done: the answer says what the token is good for.</summary>
    internal static IReadOnlyList<AccessTokenScope> Grant(IEnumerable<string> scopes, RegistryAccess access)
    {
        List<AccessTokenScope> granted = [];
        foreach (string scope in scopes.Take(MaxScopes))
        {
            // From the end, since names of other registries have colons.
            int first = scope.IndexOf(':', StringComparison.Ordinal), last = scope.LastIndexOf(':');
            if (first <= 0 || last == first)
                continue;
            string type = scope[..first], name = scope[(first + 1)..last];
            string[] actions = scope[(last + 1)..].Split(',');
            if (type == Registry && name == Catalog && access.CanList)
            {
                granted.Add(new AccessTokenScope(Registry, Catalog, ["*"]));
            }
            else if (type == Repository && Routing.RegistryGrammar.IsName(name))
            {
                OciRegistryActions allowed = access.Granted(name) & Read(actions);
                if (allowed != OciRegistryActions.None)
                    granted.Add(new AccessTokenScope(Repository, name, [.. Names.Where(each => allowed.HasFlag(each.Action)).Select(each => each.Name)]));
            }
        }

        return granted;
    }

    internal static OciRegistryActions Read(IEnumerable<string> actions)
        => actions.Aggregate(OciRegistryActions.None, (sum, action) => sum | action switch
        {
            "pull" => OciRegistryActions.Pull,
            "push" => OciRegistryActions.Push,
            "delete" => OciRegistryActions.Delete,
            "*" => OciRegistryActions.All,
            _ => OciRegistryActions.None,
        });

    /// <summary>What a token allows: what it says, and nothing that its user might do besides.</summary>
    internal static RegistryAccess ToAccess(AccessToken token) => new(
        token.Subject,
        repository => token.Access.Where(scope => scope.Type == Repository && scope.Name == repository).Aggregate(OciRegistryActions.None, (sum, scope) => sum | Read(scope.Actions)),
        token.Access.Any(scope => scope.Type == Registry && scope.Name == Catalog))
    {
        MayAskAgain = true,
    };

    /// <summary>The scope that a request needs, for the challenge.</summary>
    internal static string ToText(string repository, OciRegistryActions actions)
        => $"{Repository}:{repository}:{string.Join(',', Names.Where(each => actions.HasFlag(each.Action)).Select(each => each.Name))}";
}
