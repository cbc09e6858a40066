namespace ContainerKit.RegistryServer.Storage;

/// <summary>Which repositories there are: those that have a manifest, or had one and have blobs or tags still.</summary>
internal sealed class RepositoryList(RegistryPaths paths)
{
    private const int MaxDepth = 128;

    /// <summary>True where something was pushed to the repository.</summary>
    internal bool Contains(string name) => IsRepository(paths.Repository(name));

    /// <summary>All names, in no order.</summary>
    internal IEnumerable<string> Read() => Read(paths.Repositories, "", 0).Where(each => IsRepository(each.Path)).Select(each => each.Name);

    /// <summary>Also the names of those that have blobs only, and of those that merely have others in them.</summary>
    internal IEnumerable<string> ReadAll() => Read(paths.Repositories, "", 0).Select(each => each.Name);

    private static IEnumerable<(string Name, string Path)> Read(string directory, string prefix, int depth)
    {
        foreach (string path in StoredDirectory.ReadDirectories(directory))
        {
            string component = Path.GetFileName(path);
            if (component.StartsWith('_') || depth > MaxDepth)
                continue;
            string name = prefix + component;
            yield return (name, path);
            foreach ((string Name, string Path) below in Read(path, name + "/", depth + 1))
                yield return below;
        }
    }

    private static bool IsRepository(string path) => Directory.Exists(Path.Combine(path, RegistryPaths.ManifestsPart));
}
