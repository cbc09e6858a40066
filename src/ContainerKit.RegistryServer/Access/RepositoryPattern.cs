namespace ContainerKit.RegistryServer.Access;

/// <summary>Patterns of repository names: <c>*</c> within a component, <c>**</c> across them, <c>{user}</c> for the one who asks.</summary>
internal static class RepositoryPattern
{
    private const string UserPlace = "{user}";

    internal static bool Matches(string pattern, string name, string? user)
    {
        if (pattern.Contains(UserPlace, StringComparison.Ordinal))
        {
            // A user name with a star or a slash would reach further than its own repositories.
            if (user is null || !Routing.RegistryGrammar.IsName(user) || user.Contains('/', StringComparison.Ordinal))
                return false;
            pattern = pattern.Replace(UserPlace, user, StringComparison.Ordinal);
        }

        return Matches(pattern.AsSpan(), name.AsSpan());
    }

    /// <summary>Going back to the last star of each kind only, so that the time is bounded by the product of the lengths.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0, n = 0;
        (int Pattern, int Name) star = (-1, 0), wide = (-1, 0);
        while (n < name.Length)
        {
            if (p + 1 < pattern.Length && pattern[p] == '*' && pattern[p + 1] == '*')
            {
                p += 2;
                wide = (p, n);
                star = (-1, 0);
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                star = (++p, n);
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star.Pattern >= 0 && name[star.Name] != '/')
            {
                star.Name++;
                (p, n) = star;
            }
            else if (wide.Pattern >= 0)
            {
                wide.Name++;
                (p, n) = wide;
                star = (-1, 0);
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim('*').IsEmpty;
    }
}
