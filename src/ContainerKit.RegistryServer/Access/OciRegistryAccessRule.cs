namespace ContainerKit.RegistryServer;

/// <summary>
/// Grants actions on repositories to users. Several rules add up; what no rule grants is refused.
/// </summary>
/// <remarks>Written as text for command lines: <c>alice,bob:team/**:pull,push</c>; see <see cref="Parse"/>.</remarks>
public sealed record OciRegistryAccessRule
{
    /// <summary>In <see cref="Users"/>: everybody who has shown who he is.</summary>
    public const string Authenticated = "*";

    /// <summary>In <see cref="Users"/>: also those who have not.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>
    /// User names (for client certificates their common names), <see cref="Authenticated"/>, or <see cref="Anonymous"/>, which means everybody.
    /// </summary>
    public required IReadOnlyList<string> Users { get; init; }

    /// <summary>
    /// Repositories: <c>*</c> stands for any characters within a component, <c>**</c> for any at all, <c>{user}</c> for the user's own name.
    /// </summary>
    public required IReadOnlyList<string> Repositories { get; init; }

    /// <summary>What is granted.</summary>
    public required OciRegistryActions Actions { get; init; }

    /// <summary>Reads <c>USER[,USER…]:REPOSITORY[,REPOSITORY…]:ACTION[,ACTION…]</c>, with the actions <c>pull</c>, <c>push</c>, <c>delete</c> and <c>all</c>.</summary>
    /// <param name="text">The rule.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static OciRegistryAccessRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const StringSplitOptions split = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        if (text.Split(':') is not [{ } users, { } repositories, { } actions])
            throw new FormatException($"'{text}' is no access rule: USERS:REPOSITORIES:ACTIONS is expected, as in alice,bob:team/**:pull,push.");
        var rule = new OciRegistryAccessRule
        {
            Users = users.Split(',', split),
            Repositories = repositories.Split(',', split),
            Actions = actions.Split(',', split).Aggregate(OciRegistryActions.None, (sum, action) => sum | action switch
            {
                "pull" => OciRegistryActions.Pull,
                "push" => OciRegistryActions.Push,
                "delete" => OciRegistryActions.Delete,
                "all" or "*" => OciRegistryActions.All,
                _ => throw new FormatException($"'{action}' in the access rule '{text}' is no action: pull, push, delete and all are."),
            }),
        };
        return rule.Users.Count > 0 && rule.Repositories.Count > 0 && rule.Actions != OciRegistryActions.None
            ? rule
            : throw new FormatException($"The access rule '{text}' names no user, no repository or no action.");
    }
}
