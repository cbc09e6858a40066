using System.Collections.Immutable;
using System.Globalization;

namespace ContainerKit.Runtime.Processes;

/// <summary>
/// Looks up <c>user[:group]</c> of an image config in the container's /etc/passwd and /etc/group (passwd(5), group(5)), which are hostile
/// input: lines that don't parse are passed over, numbers out of range are refused.
/// </summary>
internal static class UserResolver
{
    private const int MaxFile = 4 << 20;

    /// <summary>Resolves a user.</summary>
    /// <param name="user"><c>name</c>, <c>uid</c>, <c>name:group</c>, <c>uid:gid</c>; empty for root.</param>
    /// <param name="additional">Further groups, names or numbers.</param>
    /// <param name="readFile">Reads a file of the container; null when it doesn't exist.</param>
    /// <exception cref="ContainerStartException">A name is not known.</exception>
    internal static ResolvedUser Resolve(string user, ImmutableArray<string> additional, Func<string, int, string?> readFile)
    {
        (string name, string? group) = Split(user.Length == 0 ? "0" : user);
        List<string[]> passwd = Lines(readFile("/etc/passwd", MaxFile), 7);
        string[]? entry = passwd.Find(f => f[0] == name);
        uint? number = ParseId(name);
        if (entry is null && number is { } id)
        {
            entry = passwd.Find(f => ParseId(f[2]) == id);
        }

        uint userId = entry is not null ? ParseId(entry[2]) ?? throw Unknown("user", name, "/etc/passwd") : number ?? throw Unknown("user", name, "/etc/passwd");
        uint groupId = (entry is null ? 0 : ParseId(entry[3])) ?? 0;
        string home = entry is not null && entry[5].StartsWith('/') ? entry[5] : "/";

        bool needsGroups = group is not null || additional.Length > 0 || entry is not null;
        List<string[]> groups = needsGroups ? Lines(readFile("/etc/group", MaxFile), 4) : [];
        HashSet<uint> supplementary = [];
        if (group is not null)
        {
            groupId = ResolveGroup(group, groups);
        }
        else if (entry is not null)
        {
            supplementary.UnionWith(GroupsOf(entry[0], groups));
        }

        supplementary.UnionWith(additional.Select(g => ResolveGroup(g, groups)));

        // Otherwise a program that changes its primary group loses it, and with it what files forbid to that group (CVE-2022-36109).
        supplementary.Add(groupId);
        return new ResolvedUser(userId, groupId, [.. supplementary.Order()], home);
    }

    private static (string User, string? Group) Split(string user)
    {
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (user, null) : (colon == 0 ? "0" : user[..colon], colon == user.Length - 1 ? null : user[(colon + 1)..]);
    }

    private static IEnumerable<uint> GroupsOf(string userName, List<string[]> groups)
        => groups.Where(g => g[3].Split(',').Contains(userName)).Select(g => ParseId(g[2])).OfType<uint>();

    private static uint ResolveGroup(string group, List<string[]> groups)
    {
        string[]? entry = groups.Find(g => g[0] == group);
        return (entry is not null ? ParseId(entry[2]) : null) ?? ParseId(group) ?? throw Unknown("group", group, "/etc/group");
    }

    private static List<string[]> Lines(string? text, int fields)
        => text is null ? [] : [.. text.Split('\n').Select(l => l.Split(':')).Where(f => f.Length >= fields && f[0].Length > 0)];

    /// <summary>Ids end at 2^31 - 1, as in Docker: (uid_t)-1 means "leave it" to the kernel.</summary>
    private static uint? ParseId(string text)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id <= int.MaxValue ? id : null;

    private static ContainerStartException Unknown(string kind, string name, string file)
        => new("user", 125, $"There is no {kind} '{name}' in the container's {file}; use a name that is there, or a number from 0 to {int.MaxValue}.");
}
