using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>Reads the files of a project, with those that they extend and include, into one tree in canonical form.</summary>
internal sealed class ComposeFiles(ProjectEnvironment environment, IReadOnlyDictionary<string, string> callers)
{
    private const int MaximumDepth = 16;
    private const int MaximumServices = 1000;
    private static readonly string[] Sections = ["services", "networks", "volumes", "secrets", "configs"];

    private readonly Interpolation _interpolation = new(environment);

    private string? Home => environment.Find("HOME") is { Length: > 0 } home ? home : null;

    /// <summary>The text of a file, of a bounded length.</summary>
    public static async Task<string> ReadAsync(string file, YamlPosition? user, string key, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(file).Length > YamlReader.MaximumLength)
                throw new ComposeFileException(file, 0, "", $"the file has more than {YamlReader.MaximumLength >> 20} MiB");
            return await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? $"there is no file {file}" : $"{file} can't be read: {e.Message}";
            throw user?.Error(key, reason, e) ?? new ComposeFileException("", 0, "", reason, e);
        }
    }

    /// <summary>One tree of several files, each over those before it.</summary>
    public async Task<YamlMapping> LoadAsync(ProjectSource source, int depth, CancellationToken cancellationToken)
    {
        YamlMapping? result = null;
        foreach (string file in source.Files)
        {
            string text = source.Text ?? await ReadAsync(file, null, "", cancellationToken).ConfigureAwait(false);
            YamlMapping root = Read(file, text, source.Directory);
            root = await ExtendAsync(root, file, cancellationToken).ConfigureAwait(false);
            root = await IncludeAsync(root, source.Directory, depth, cancellationToken).ConfigureAwait(false);
            result = FileMerge.Apply(result ?? YamlMapping.Empty(root.Position), root);
        }

        return result!;
    }

    private YamlMapping Read(string file, string text, string directory)
        => new CanonicalForm(new ProjectPaths(directory, Home)).Apply((YamlMapping)_interpolation.Apply(YamlReader.Read(file, text), ""));

    private async Task<YamlMapping> ExtendAsync(YamlMapping root, string file, CancellationToken cancellationToken)
    {
        if (root.Find("services") is not YamlMapping services)
            return root;
        if (services.Entries.Count > MaximumServices)
            throw services.Position.Error("services", $"there are more than {MaximumServices} services");
        foreach (string name in services.Keys.ToList())
        {
            if (services.Find(name) is YamlMapping { Tag: not YamlTag.Reset } service && service.Find("extends") is not null)
                services = services.With(name, await ExtendAsync(services, name, file, [], cancellationToken).ConfigureAwait(false));
        }

        return root.With("services", services);
    }

    /// <param name="services">The services of the file.</param>
    /// <param name="name">The service that extends another.</param>
    /// <param name="file">The file.</param>
    /// <param name="chain">The services on the way here.</param>
    /// <param name="cancellationToken">Cancels.</param>
    private async Task<YamlMapping> ExtendAsync(YamlMapping services, string name, string file, IReadOnlyList<string> chain, CancellationToken cancellationToken)
    {
        var service = (YamlMapping)services.Find(name)!;
        if (service.Find("extends") is not YamlMapping extends)
            return service;
        string path = $"services.{name}.extends";
        string link = $"{name} ({file})";
        if (chain.Contains(link))
            throw extends.Position.Error(path, $"the service extends itself: {string.Join(" -> ", chain.Append(link))}");
        if (chain.Count >= MaximumDepth)
            throw extends.Position.Error(path, $"more than {MaximumDepth} services extend each other");
        if (extends.Keys.FirstOrDefault(key => key is not ("service" or "file")) is string unknown)
            throw extends.Entries[unknown].Key.Error($"{path}.{unknown}", "the key is not known");
        string wanted = CanonicalShapes.Scalar(extends.Find("service") ?? throw extends.Position.Error(path, "service is required"), $"{path}.service").Text;
        string other = extends.Find("file") is { } given ? CanonicalShapes.Scalar(given, $"{path}.file").Text : file;
        YamlMapping others = services;
        if (other != file)
        {
            string text = await ReadAsync(other, extends.Position, $"{path}.file", cancellationToken).ConfigureAwait(false);
            others = Read(other, text, Path.GetDirectoryName(other)!).Find("services") as YamlMapping ?? YamlMapping.Empty(extends.Position);
        }

        if (others.Find(wanted) is not YamlMapping)
            throw extends.Position.Error(path, $"there is no service '{wanted}' in {other}");
        YamlMapping extended = await ExtendAsync(others, wanted, other, [.. chain, link], cancellationToken).ConfigureAwait(false);
        return FileMerge.Apply(extended, service.Without("extends"));
    }

    private async Task<YamlMapping> IncludeAsync(YamlMapping root, string directory, int depth, CancellationToken cancellationToken)
    {
        if (root.Find("include") is not { } node)
            return root;
        YamlMapping result = root.Without("include");
        if (depth >= MaximumDepth)
            throw node.Position.Error("include", $"files include each other more than {MaximumDepth} levels deep");
        int index = 0;
        foreach (YamlNode item in node.IsNull ? [] : CanonicalShapes.Sequence(node, "include").Items)
            result = Import(result, await LoadIncludedAsync(item, $"include[{index++}]", directory, depth, cancellationToken).ConfigureAwait(false));
        return result;
    }

    private async Task<YamlMapping> LoadIncludedAsync(YamlNode item, string path, string directory, int depth, CancellationToken cancellationToken)
    {
        var paths = new ProjectPaths(directory, Home);
        YamlMapping include = item as YamlMapping ?? YamlMapping.Of(item.Position, ("path", item));
        if (include.Keys.FirstOrDefault(key => key is not ("path" or "project_directory" or "env_file")) is string unknown)
            throw include.Entries[unknown].Key.Error($"{path}.{unknown}", "the key is not known");
        List<string> files = Paths("path");
        if (files.Count == 0)
            throw include.Position.Error(path, "path is required");
        string itsDirectory = Paths("project_directory").FirstOrDefault() ?? Path.GetDirectoryName(files[0])!;
        var its = new ProjectEnvironment(callers);
        List<string> environmentFiles = Paths("env_file");
        if (environmentFiles.Count == 0 && File.Exists(Path.Combine(itsDirectory, ".env")))
            environmentFiles = [Path.Combine(itsDirectory, ".env")];
        foreach (string file in Enumerable.Reverse(environmentFiles))
            its.AddDefaults(EnvironmentFile.Read(file, await ReadAsync(file, include.Position, $"{path}.env_file", cancellationToken).ConfigureAwait(false), its));
        its.AddDefaults(environment.Variables);
        foreach (string file in files.Where(file => !File.Exists(file)))
            throw include.Position.Error(path, $"there is no file {file}");
        YamlMapping result = await new ComposeFiles(its, callers).LoadAsync(new ProjectSource(files, itsDirectory, null), depth + 1, cancellationToken).ConfigureAwait(false);
        environment.AddMissing(its);
        return result;

        List<string> Paths(string key) => include.Find(key) is { } value && CanonicalShapes.List(value, $"{path}.{key}") is YamlSequence list
            ? [.. list.Items.Select(each => paths.Resolve(CanonicalShapes.Scalar(each, $"{path}.{key}").Text))]
            : [];
    }

    /// <summary>Adds what was included; the same thing by two ways is one thing.</summary>
    private static YamlMapping Import(YamlMapping root, YamlMapping included)
    {
        foreach (string section in Sections)
        {
            if (included.Find(section) is not YamlMapping from)
                continue;
            YamlMapping into = root.Find(section) as YamlMapping ?? YamlMapping.Empty(from.Position);
            foreach ((string name, YamlEntry entry) in from.Entries)
            {
                if (into.Entries.TryGetValue(name, out YamlEntry own) && own.Key != entry.Key)
                    throw own.Key.Error($"{section}.{name}", $"the included file {entry.Key.File}:{entry.Key.Line} has one of this name as well");
            }

            root = root.With(section, new YamlMapping(into.Entries.Concat(from.Entries), into.Position));
        }

        return root;
    }
}
