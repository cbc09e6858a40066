using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage;

/// <summary>The directories of several layers, open.</summary>
internal sealed class LayerDirectories : IDisposable
{
    private readonly List<RootedDirectory> _layers = [];

    /// <summary>Opens directories, topmost first. One that does not exist is left out.</summary>
    public static async ValueTask<LayerDirectories> OpenAsync(
        IEnumerable<string> paths, Func<string, CancellationToken, ValueTask<RootedDirectory>> open, CancellationToken cancellationToken)
    {
        var directories = new LayerDirectories();
        try
        {
            foreach (string path in paths.Where(Directory.Exists))
            {
                directories._layers.Add(await open(path, cancellationToken).ConfigureAwait(false));
            }
            return directories;
        }
        catch
        {
            directories.Dispose();
            throw;
        }
    }

    /// <summary>The root of what they show together.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    public MergedDirectory OpenRoot() => MergedDirectory.OpenRoot(_layers, OverlayAttributeNames.Default);

    /// <inheritdoc/>
    public void Dispose() => _layers.ForEach(layer => layer.Dispose());
}
