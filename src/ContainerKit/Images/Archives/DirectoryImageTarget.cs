using ContainerKit.Oci;

namespace ContainerKit.Images.Archives;

/// <summary>A directory of saved images. Each file is there completely or not at all.</summary>
internal sealed class DirectoryImageTarget(string directory) : IImageTarget
{
    private const string TemporarySuffix = ".tmp";

    /// <inheritdoc/>
    public ImageIndex? ReadIndex()
    {
        string path = Path.Combine(directory, OciLayout.IndexFileName);
        return File.Exists(path) ? ImageDocuments.ParseIndex(File.ReadAllBytes(path), path) : null;
    }

    /// <inheritdoc/>
    public async Task WriteAsync(string name, Stream content, long size, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, name);
        if (name.StartsWith(OciLayout.BlobsDirectoryName + "/", StringComparison.Ordinal) && new FileInfo(path) is { Exists: true } existing && existing.Length == size)
        {
            return; // a blob of that digest
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = path + TemporarySuffix;
        var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: false);
        await using (file.ConfigureAwait(false))
        {
            await content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
