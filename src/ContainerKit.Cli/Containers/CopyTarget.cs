namespace ContainerKit.Cli.Containers;

/// <summary>What is copied.</summary>
/// <param name="Path">As it was given; one that ends in <c>/.</c> means what is in it.</param>
/// <param name="IsDirectory">What it is.</param>
internal readonly record struct CopySource(string Path, bool IsDirectory)
{
    public bool IsContent => IsDirectory && (Path is "." || Path.EndsWith("/.", StringComparison.Ordinal));
}

/// <summary>Where a copy goes: a directory, and the name that it has there.</summary>
/// <param name="Directory">A directory that is there.</param>
/// <param name="Name">The name of what is copied; null: its content goes into the directory.</param>
internal readonly record struct CopyTarget(string Directory, string? Name)
{
    /// <summary>The rules of docker cp.</summary>
    /// <exception cref="IOException">A directory would replace a file, or something would have to be a directory that is not there.</exception>
    public static CopyTarget Decide(CopySource source, string target, bool targetIsDirectory, bool targetExists)
    {
        if (targetIsDirectory)
            return new CopyTarget(target, source.IsContent ? null : NameOf(source.Path));
        bool wantsDirectory = target.EndsWith('/') || target.EndsWith("/.", StringComparison.Ordinal);
        if (targetExists && (source.IsDirectory || wantsDirectory))
            throw new IOException(source.IsDirectory ? "cannot copy directory" : $"not a directory: {target}");
        if (!targetExists && wantsDirectory && !source.IsDirectory)
            throw new IOException($"no such directory: {target}");
        string path = target.EndsWith("/.", StringComparison.Ordinal) ? target[..^2] : target.Length > 1 ? target.TrimEnd('/') : target;
        int slash = path.LastIndexOf('/');
        return new CopyTarget(slash < 0 ? "." : slash == 0 ? "/" : path[..slash], path[(slash + 1)..]);
    }

    private static string NameOf(string path)
    {
        string trimmed = path.TrimEnd('/');
        string name = trimmed[(trimmed.LastIndexOf('/') + 1)..];

        // What leads elsewhere has the name of where it leads to.
        return name is "" or "." or ".." ? Path.GetFileName(Path.GetFullPath(path.Length == 0 ? "/" : path)) : name;
    }
}
