using System.Text.RegularExpressions;

namespace ContainerKit.Builds.Contexts;

/// <summary>A git repository as contexts and ADD name it: <c>URL[#reference[:directory]]</c>.</summary>
/// <param name="Url">What git gets.</param>
/// <param name="Reference">A branch, tag or commit; null: what the repository's HEAD is.</param>
/// <param name="Directory">The directory that is meant; null for all.</param>
internal sealed partial record GitLocation(string Url, string? Reference, string? Directory)
{
    /// <summary>Takes a text apart; null for one that is no repository.</summary>
    /// <exception cref="FormatException">The reference or the directory is malformed.</exception>
    public static GitLocation? TryParse(string text)
    {
        int hash = text.IndexOf('#', StringComparison.Ordinal);
        string url = hash < 0 ? text : text[..hash];
        if (!IsRepository(url))
        {
            return null;
        }
        string[] parts = hash < 0 ? [] : text[(hash + 1)..].Split(':', 2);
        string? reference = parts is [{ Length: > 0 } first, ..] ? first : null;
        string? directory = parts is [_, { Length: > 0 } second] ? ContextPath.Clean("/" + second) : null;
        if (reference is not null && !ReferenceName().IsMatch(reference))
        {
            throw new FormatException($"'{reference}' can't be a branch, tag or commit of {url}.");
        }
        return new GitLocation(url.StartsWith("github.com/", StringComparison.Ordinal) ? "https://" + url : url, reference, directory is null or "/" ? null : directory);
    }

    /// <summary>As it is in messages: without what may be a password.</summary>
    public override string ToString() => UserInformation().Replace(Url, "$1") + (Reference is null ? "" : "#" + Reference);

    private static bool IsRepository(string url)
        => HttpRepository().IsMatch(url)
            || url.StartsWith("git://", StringComparison.Ordinal)
            || url.StartsWith("ssh://", StringComparison.Ordinal)
            || url.StartsWith("github.com/", StringComparison.Ordinal)
            || SecureCopy().IsMatch(url);

    [GeneratedRegex(@"^https?://[^\s]+\.git$")]
    private static partial Regex HttpRepository();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9_.-]*:[^\s]+$")]
    private static partial Regex SecureCopy();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_./@+=-]*$")]
    private static partial Regex ReferenceName();

    [GeneratedRegex("^([a-z]+://)[^/@]*@")]
    private static partial Regex UserInformation();
}
