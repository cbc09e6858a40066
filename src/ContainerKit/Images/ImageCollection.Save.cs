using ContainerKit.Images.Archives;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;

namespace ContainerKit;

/// <content>Where images go.</content>
public sealed partial class ImageCollection
{
    /// <summary>
    /// Writes images as a tar archive, which <see cref="LoadAsync(Stream, CancellationToken)"/>, <c>docker load</c> and skopeo read. Equal
    /// images give equal bytes.
    /// </summary>
    /// <param name="namesOrIds">The images, as for <see cref="FindAsync"/>. What is asked for by name has only that name in the archive, by id none.</param>
    /// <param name="destination">Where the archive goes; stays open.</param>
    /// <param name="format">What is written.</param>
    /// <param name="cancellationToken">Stops in the middle of the archive.</param>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ArgumentException">No image was given.</exception>
    public async Task SaveAsync(
        IEnumerable<string> namesOrIds, Stream destination, ImageArchiveFormat format = ImageArchiveFormat.Docker, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(namesOrIds);
        ArgumentNullException.ThrowIfNull(destination);
        using FileLock held = await _sweeper.HoldAsync(cancellationToken).ConfigureAwait(false);
        var target = new TarImageTarget(destination);
        await SaveAsync(namesOrIds, target, format, cancellationToken).ConfigureAwait(false);
        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes images as a tar file.</summary>
    /// <param name="namesOrIds">The images, as for <see cref="FindAsync"/>.</param>
    /// <param name="path">The file, which is replaced; on failure it is removed.</param>
    /// <param name="format">What is written.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ArgumentException">No image was given.</exception>
    public async Task SaveAsync(
        IEnumerable<string> namesOrIds, string path, ImageArchiveFormat format = ImageArchiveFormat.Docker, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: false);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                await SaveAsync(namesOrIds, file, format, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Writes images as an OCI image layout into a directory; a layout that is there keeps its other images.</summary>
    /// <param name="namesOrIds">The images, as for <see cref="FindAsync"/>.</param>
    /// <param name="directory">The directory, made when missing.</param>
    /// <param name="cancellationToken">Stops; blobs may be left, the index is as before.</param>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ArgumentException">No image was given.</exception>
    public async Task SaveLayoutAsync(IEnumerable<string> namesOrIds, string directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(namesOrIds);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        using FileLock held = await _sweeper.HoldAsync(cancellationToken).ConfigureAwait(false);
        await SaveAsync(namesOrIds, new DirectoryImageTarget(Path.GetFullPath(directory)), ImageArchiveFormat.OciLayout, cancellationToken).ConfigureAwait(false);
    }

    private async Task SaveAsync(IEnumerable<string> namesOrIds, IImageTarget target, ImageArchiveFormat format, CancellationToken cancellationToken)
    {
        var images = new List<(Image, ImageReference?)>();
        foreach (string nameOrId in namesOrIds)
        {
            (Image? image, ImageReference? name) = await FindCoreAsync(nameOrId, cancellationToken).ConfigureAwait(false);
            images.Add((image ?? throw NotFound(nameOrId), name));
        }
        if (images.Count == 0)
        {
            throw new ArgumentException("At least one image must be given.", nameof(namesOrIds));
        }
        await new ImageSaver(_content, target).SaveAsync(images, format, cancellationToken).ConfigureAwait(false);
    }
}
