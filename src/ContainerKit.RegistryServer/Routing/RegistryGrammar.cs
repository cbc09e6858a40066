using System.Text.RegularExpressions;

namespace ContainerKit.RegistryServer.Routing;

/// <summary>Names and tags as the distribution specification writes them ("Pulling manifests"). What passes is safe as a relative path.</summary>
internal static partial class RegistryGrammar
{
    /// <summary>The specification leaves the length open; Docker's clients have 255 with the host.</summary>
    internal const int MaxNameLength = 255;

    internal static bool IsName(string text) => text.Length is > 0 and <= MaxNameLength && Name().IsMatch(text);

    internal static bool IsTag(string text) => Tag().IsMatch(text);

    // Without backtracking: what separates two words is never part of one.
    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();
}
