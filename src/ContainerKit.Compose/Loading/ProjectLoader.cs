using ContainerKit.Compose.Services;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>From options to a project: files, variables, name, services.</summary>
internal static class ProjectLoader
{
    public static async Task<ComposeProject> LoadAsync(ContainerEngine? engine, ComposeOptions options, string? text, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> callers = options.Environment ?? OfProcess();
        ProjectSource source = text is null ? ProjectSource.Find(options, callers) : ProjectSource.FromText(options, text);
        ProjectEnvironment environment = await ReadEnvironmentAsync(options, source, callers, cancellationToken).ConfigureAwait(false);
        string name = options.ProjectName is { Length: > 0 } given ? Require(given)
            : environment.Find("COMPOSE_PROJECT_NAME") is { Length: > 0 } variable ? Require(variable)
            : await FindNameAsync(source, environment, cancellationToken).ConfigureAwait(false) ?? Normalize(Path.GetFileName(source.Directory));
        environment.Set("COMPOSE_PROJECT_NAME", name);
        YamlMapping root = await new ComposeFiles(environment, callers).LoadAsync(source, depth: 0, cancellationToken).ConfigureAwait(false);
        root = new YamlMapping([KeyValuePair.Create("name", new YamlEntry(root.Position, YamlNode.Scalar(name, root.Position))), .. root.Entries.Where(entry => entry.Key != "name")], root.Position);
        ProjectModel model = await ProjectReader.ReadAsync(root, name, environment, cancellationToken).ConfigureAwait(false);
        IEnumerable<string> profiles = (environment.Find("COMPOSE_PROFILES") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new ComposeProject(engine, model, source, [.. profiles, .. options.Profiles], [.. environment.Missing.Select(missing => $"The variable {missing} is not set; an empty text is used.")]);
    }

    /// <summary>A directory's name as the name of a project.</summary>
    internal static string Normalize(string name)
    {
        string result = string.Concat(name.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).TrimStart('-', '_');
        return result.Length > 0 ? result : throw new ComposeFileException("", 0, "", $"'{name}' makes no name of a project: name it by the option, COMPOSE_PROJECT_NAME, or name in the file");
    }

    private static Dictionary<string, string> OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        return variables;
    }

    private static async Task<ProjectEnvironment> ReadEnvironmentAsync(ComposeOptions options, ProjectSource source, IReadOnlyDictionary<string, string> callers, CancellationToken cancellationToken)
    {
        var environment = new ProjectEnvironment(callers);
        List<string> files = [.. options.EnvironmentFiles.Select(Path.GetFullPath)];
        string usual = Path.Combine(source.Directory, ".env");
        if (files.Count == 0 && File.Exists(usual))
            files.Add(usual);

        // Later ones win; variables of the caller win over all of them.
        foreach (string file in Enumerable.Reverse(files))
            environment.AddDefaults(EnvironmentFile.Read(file, await ComposeFiles.ReadAsync(file, null, "", cancellationToken).ConfigureAwait(false), environment).Reverse());
        return environment;
    }

    /// <summary>The last file that names the project.</summary>
    private static async Task<string?> FindNameAsync(ProjectSource source, ProjectEnvironment environment, CancellationToken cancellationToken)
    {
        string? name = null;
        var interpolation = new Interpolation(environment);
        foreach (string file in source.Files)
        {
            string text = source.Text ?? await ComposeFiles.ReadAsync(file, null, "", cancellationToken).ConfigureAwait(false);
            if (YamlReader.Read(file, text).Find("name") is not { IsNull: false } node)
                continue;
            name = CanonicalShapes.Scalar(interpolation.Apply(node, "name"), "name").Text;
            if (!IsName(name))
                throw node.Position.Error("name", $"'{name}' is not allowed: {Allowed}");
        }

        return name;
    }

    private const string Allowed = "expected lower-case letters, digits, '-' and '_', with a letter or digit first";

    private static bool IsName(string name) => name.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    private static string Require(string name) => IsName(name) ? name : throw new ComposeFileException("", 0, "", $"'{name}' is no name of a project: {Allowed}");
}
