using ContainerKit.Images;
using ContainerKit.Images.Archives;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit;

/// <content>What builds need of images.</content>
public sealed partial class ImageCollection
{
    /// <summary>Builds images here; null for a collection without containers.</summary>
    internal IImageBuilder? Builder { get; set; }

    internal DataRoot Root => _root;

    internal LayerStore Layers => _layers;

    internal ContentStore Content => _content;

    internal TimeProvider Time => _time;

    /// <summary>Keeps all content from being freed until the result is disposed.</summary>
    internal ValueTask<FileLock> HoldContentAsync(CancellationToken cancellationToken) => _sweeper.HoldAsync(cancellationToken);

    /// <summary>Notes that content comes which may stay without anybody who needs it.</summary>
    internal void RequestSweep() => _sweeper.RequestSweep();

    /// <summary>Frees what nobody needs, if that was asked for and nobody adds content.</summary>
    /// <returns>Bytes that were freed.</returns>
    internal async ValueTask<long> SweepAsync(CancellationToken cancellationToken)
        => (await _sweeper.SweepIfRequestedAsync(cancellationToken).ConfigureAwait(false)).Bytes;

    /// <summary>Stores a layer. The caller holds the content.</summary>
    /// <param name="write">Writes its archive.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing that a sweep does not take.</param>
    internal Task<(LayerInfo Layer, Descriptor Blob)> AddLayerAsync(Func<Stream, CancellationToken, Task> write, string what, CancellationToken cancellationToken)
        => StoreLayerAsync(write, LayerCompression.None, what, cancellationToken);

    /// <summary>The blobs of an image's layers, in their order.</summary>
    /// <exception cref="NotFoundException">The image was removed.</exception>
    internal async Task<IReadOnlyList<Descriptor>> ReadLayerBlobsAsync(Image image, CancellationToken cancellationToken)
    {
        Digest digest = image.ManifestDigest ?? throw NotFound(image.ToString());
        return ImageDocuments.ParseManifest(await _content.ReadDocumentAsync(digest, cancellationToken).ConfigureAwait(false), $"manifest {digest}").Layers;
    }

    /// <summary>The manifest of an image; null for a directory.</summary>
    internal async Task<ImageManifest?> ReadManifestAsync(Image image, CancellationToken cancellationToken)
        => image.ManifestDigest is { } digest ? ImageDocuments.ParseManifest(await _content.ReadDocumentAsync(digest, cancellationToken).ConfigureAwait(false), $"manifest {digest}") : null;

    /// <summary>Writes images of several platforms as one, an index.</summary>
    internal async Task SaveIndexAsync(IReadOnlyList<Image> images, IReadOnlyList<ImageReference> names, string path, bool isDirectory, CancellationToken cancellationToken)
    {
        if (isDirectory)
        {
            await new ImageSaver(_content, new DirectoryImageTarget(path)).SaveIndexAsync(images, names, cancellationToken).ConfigureAwait(false);
            return;
        }
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: false);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                var target = new TarImageTarget(file);
                await new ImageSaver(_content, target).SaveIndexAsync(images, names, cancellationToken).ConfigureAwait(false);
                await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Stores a manifest and gives the image its names. The caller holds the content.</summary>
    internal async Task<Image> AddBuiltAsync(
        ImageConfiguration configuration, IReadOnlyList<Descriptor> layers, IReadOnlyDictionary<string, string> annotations, IReadOnlyList<ImageReference> names, CancellationToken cancellationToken)
    {
        byte[] json = configuration.ToUtf8Json();
        byte[] manifest = new ImageManifest { Config = Descriptor.ForContent(MediaTypes.OciConfig, json), Layers = layers, Annotations = annotations }.ToUtf8Json();
        Descriptor entry = Descriptor.ForContent(MediaTypes.OciManifest, manifest) with { Platform = configuration.Platform };
        if (!_content.Contains(entry.Digest) || !_content.Contains(Digest.Compute(json)))
        {
            RequestSweep();
            await _content.PutAsync(json, cancellationToken).ConfigureAwait(false);
            await _content.PutAsync(manifest, cancellationToken).ConfigureAwait(false);
        }
        Descriptor[] known = [.. _catalog.Read().Manifests.Where(other => other.Digest == entry.Digest)];
        bool isNamed = names.Count == 0 ? known.Length > 0 : names.All(name => known.Any(other => name.Equals(ImageCatalog.NameOf(other))));
        if (!isNamed)
        {
            // Whoever loses a name to this image may be without one, but stays.
            await _catalog.AddAsync(entry, names, cancellationToken).ConfigureAwait(false);
        }
        return await GetAsync(entry.Digest.ToString(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An image that is in no catalog: layers of this store and a configuration.</summary>
    internal Image CreateTransient(ImageConfiguration configuration) => new(_layers, _root.EmptyLayer, Digest.Compute(configuration.ToUtf8Json()))
    {
        Configuration = configuration,
        References = [],
    };

    /// <summary>Opens layers with all rights.</summary>
    /// <param name="diffIds">The lowest first; none for an empty file system.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal ValueTask<LayerDirectories> OpenLayersAsync(IReadOnlyList<Digest> diffIds, CancellationToken cancellationToken)
        => LayerDirectories.OpenAsync(
            diffIds.Count == 0 ? [_root.EmptyLayer] : diffIds.Reverse().Distinct().Select(_layers.GetPath), _layers.OpenAsync, cancellationToken);
}
