namespace ContainerKit.RegistryServer.Access;

/// <summary>The rules of a registry.</summary>
internal sealed class AccessPolicy
{
    private readonly IReadOnlyList<OciRegistryAccessRule> _rules;

    /// <param name="rules">The rules; empty: everybody who gets in may do everything.</param>
    /// <param name="isOpen">True where there is no way to show who one is.</param>
    internal AccessPolicy(IReadOnlyList<OciRegistryAccessRule> rules, bool isOpen)
    {
        string everybody = isOpen ? OciRegistryAccessRule.Anonymous : OciRegistryAccessRule.Authenticated;
        _rules = rules.Count > 0 ? rules : [new OciRegistryAccessRule { Users = [everybody], Repositories = ["**"], Actions = OciRegistryActions.All }];
    }

    /// <summary>What a user may do; null for one who has not shown who he is.</summary>
    internal RegistryAccess For(string? user)
    {
        OciRegistryAccessRule[] own = [.. _rules.Where(rule => rule.Users.Any(name => Covers(name, user)))];

        // The catalog shows only what may be pulled, so it is for everybody who may pull something.
        return new RegistryAccess(user, repository => Granted(own, repository, user), own.Any(rule => rule.Actions.HasFlag(OciRegistryActions.Pull))) { MayAskAgain = user is null };
    }

    private static bool Covers(string name, string? user)
        => name == OciRegistryAccessRule.Anonymous || (user is not null && (name == OciRegistryAccessRule.Authenticated || name == user));

    private static OciRegistryActions Granted(OciRegistryAccessRule[] rules, string repository, string? user)
    {
        OciRegistryActions granted = OciRegistryActions.None;
        foreach (OciRegistryAccessRule rule in rules)
        {
            if (rule.Repositories.Any(pattern => RepositoryPattern.Matches(pattern, repository, user)))
                granted |= rule.Actions;
        }

        return granted;
    }
}
