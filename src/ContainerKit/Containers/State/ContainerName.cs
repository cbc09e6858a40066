using System.Buffers;
using System.Security.Cryptography;

namespace ContainerKit.Containers.State;

/// <summary>Docker's rule for names, and names for containers that were given none.</summary>
internal static class ContainerName
{
    internal const string Rule = "[a-zA-Z0-9][a-zA-Z0-9_.-]+";

    /// <summary>A name is a file name in the names directory; NAME_MAX of ext4, xfs and btrfs.</summary>
    internal const int MaximumLength = 255;

    private const int IdDigits = 8;

    private const string Alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphanumeric + "_.-");

    private static readonly string[] Adjectives =
    [
        "agile", "amber", "ardent", "bold", "brave", "bright", "brisk", "calm", "candid", "clever", "cosmic", "crisp", "curious", "daring",
        "deft", "eager", "early", "fair", "fleet", "fluent", "frank", "gentle", "glad", "golden", "hardy", "hearty", "honest", "humble",
        "jolly", "keen", "kind", "lively", "lucid", "lucky", "mellow", "merry", "mighty", "modest", "neat", "nimble", "noble", "patient",
        "placid", "proud", "quick", "quiet", "rapid", "ready", "silent", "sincere", "smart", "snug", "steady", "sunny", "swift", "tidy",
        "upbeat", "vivid", "warm", "wise", "witty", "young", "zesty", "zippy",
    ];

    private static readonly string[] Surnames =
    [
        "allen", "babbage", "backus", "bartik", "boole", "borg", "cerf", "church", "codd", "conway", "curry", "dahl", "dijkstra", "engelbart",
        "feinler", "floyd", "gauss", "goldberg", "gray", "hamilton", "hamming", "hejlsberg", "hoare", "hopper", "iverson", "kahn", "karp",
        "kay", "kernighan", "kleene", "knuth", "lamport", "liskov", "lovelace", "mccarthy", "metcalfe", "milner", "minsky", "naur", "newell",
        "noether", "nygaard", "perlis", "perlman", "rabin", "rivest", "ritchie", "scott", "shamir", "shannon", "spence", "sutherland",
        "tarjan", "thacker", "thompson", "torvalds", "turing", "wilkes", "wilkinson", "wing", "wirth", "yao", "zuse", "adleman",
    ];

    internal static bool IsValid(string name)
        => name.Length is > 1 and <= MaximumLength && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>
    /// A name such as <c>keen_lovelace</c>; a number is appended once <paramref name="attempt"/>s show that they become rare.
    /// </summary>
    internal static string Generate(int attempt)
    {
        string name = $"{Pick(Adjectives)}_{Pick(Surnames)}";
        return attempt < 3 ? name : $"{name}{RandomNumberGenerator.GetInt32(attempt < 6 ? 100 : int.MaxValue)}";
    }

    /// <summary>A name such as <c>keen_lovelace_0123abcd</c>, which is found through the id's first digits that it ends with.</summary>
    internal static string ForId(string id) => $"{Generate(attempt: 0)}_{id[..IdDigits]}";

    /// <summary>The beginning of the id in a name that <see cref="ForId"/> may have made.</summary>
    internal static bool TryGetIdPrefix(string name, out string prefix)
    {
        int end = name.LastIndexOf('_');
        prefix = name[(end + 1)..];
        return end > 0 && prefix.Length == IdDigits && ContainerId.IsPrefix(prefix);
    }

    private static string Pick(string[] words) => words[RandomNumberGenerator.GetInt32(words.Length)];
}
