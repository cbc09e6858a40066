namespace ContainerKit.Compose.Loading;

/// <summary>The files of a project, found; or the text of one that need not be there.</summary>
/// <param name="Files">Absolute paths.</param>
/// <param name="Directory">The absolute directory of the project.</param>
/// <param name="Text">The text of the one file; null: it is read.</param>
internal sealed record ProjectSource(IReadOnlyList<string> Files, string Directory, string? Text)
{
    private static readonly string[] Names = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
    private static readonly string[] OverrideNames = ["compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml", "docker-compose.override.yml"];

    public static ProjectSource Find(ComposeOptions options, IReadOnlyDictionary<string, string> environment)
    {
        if (options.Files.Length > 0)
            return Of(options, [.. options.Files.Select(Path.GetFullPath)]);
        string separator = environment.GetValueOrDefault("COMPOSE_PATH_SEPARATOR") is { Length: > 0 } given ? given : ":";
        if (environment.GetValueOrDefault("COMPOSE_FILE") is { Length: > 0 } variable)
            return Of(options, [.. variable.Split(separator, StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFullPath)]);
        string start = Path.GetFullPath(options.ProjectDirectory ?? System.IO.Directory.GetCurrentDirectory());
        for (string? directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (Names.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists) is not string file)
                continue;
            string? further = OverrideNames.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
            return Of(options, further is null ? [file] : [file, further]);
        }

        throw new ComposeFileException("", 0, "", $"there is no {Names[0]} in {start} or above it: name the file");
    }

    public static ProjectSource FromText(ComposeOptions options, string text)
    {
        string directory = Path.GetFullPath(options.ProjectDirectory ?? System.IO.Directory.GetCurrentDirectory());
        return new ProjectSource([Path.Combine(directory, Names[0])], directory, text);
    }

    private static ProjectSource Of(ComposeOptions options, IReadOnlyList<string> files)
        => new(files, Path.GetFullPath(options.ProjectDirectory ?? Path.GetDirectoryName(files[0])!), null);
}
