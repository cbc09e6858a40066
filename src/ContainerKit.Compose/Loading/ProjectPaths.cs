namespace ContainerKit.Compose.Loading;

/// <summary>What relative paths of a file begin at.</summary>
/// <param name="Directory">The absolute directory.</param>
/// <param name="Home">What <c>~</c> stands for; null where nobody knows.</param>
internal sealed record ProjectPaths(string Directory, string? Home)
{
    public string Resolve(string path)
    {
        if (path == "~" && Home is not null)
            return Home;
        if (path.StartsWith("~/", StringComparison.Ordinal) && Home is not null)
            return Path.GetFullPath(Path.Combine(Home, path[2..]));
        return Path.GetFullPath(Path.Combine(Directory, path));
    }

    /// <summary>True for a volume's source that is a path and no name.</summary>
    public static bool IsPath(string source) => source.Length > 0 && source[0] is '/' or '.' or '~';

    /// <summary>True for a build context that is not a directory of this machine.</summary>
    public static bool IsRemote(string context)
        => context.Contains("://", StringComparison.Ordinal) || context.StartsWith("git@", StringComparison.Ordinal) || context.EndsWith(".git", StringComparison.Ordinal);
}
