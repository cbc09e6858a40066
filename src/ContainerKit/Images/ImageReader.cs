using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images;

/// <summary>Makes <see cref="Image"/>s of the catalog's entries and the documents that they lead to.</summary>
internal sealed class ImageReader(DataRoot root, ImageCatalog catalog, ContentStore content, LayerStore layers)
{
    /// <summary>All images. Entries of the layout that are no images (artifacts, or images of another tool that are not complete) are left out.</summary>
    public async ValueTask<IReadOnlyList<Image>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var images = new List<Image>();
        foreach (IGrouping<Digest, Descriptor> entries in catalog.Read().Manifests.Where(entry => MediaTypes.IsManifest(entry.MediaType)).GroupBy(entry => entry.Digest))
        {
            if (await ReadAsync(entries.Key, [.. entries.Select(ImageCatalog.NameOf).OfType<ImageReference>()], cancellationToken).ConfigureAwait(false) is { } image)
            {
                images.Add(image);
            }
        }
        return images;
    }

    /// <summary>The image of a manifest; null when a part of it is missing, since it is being removed, or it is no image.</summary>
    public async ValueTask<Image?> ReadAsync(Digest manifestDigest, IReadOnlyList<ImageReference> names, CancellationToken cancellationToken)
    {
        try
        {
            byte[] json = await content.ReadDocumentAsync(manifestDigest, cancellationToken).ConfigureAwait(false);
            ImageManifest manifest = ImageDocuments.ParseManifest(json, $"manifest {manifestDigest}");
            if (!MediaTypes.IsConfig(manifest.Config.MediaType))
            {
                return null;
            }
            byte[] configuration = await content.ReadDocumentAsync(manifest.Config.Digest, cancellationToken).ConfigureAwait(false);
            return Create(manifestDigest, manifest.Config.Digest, ImageDocuments.ParseConfiguration(configuration, $"configuration {manifest.Config.Digest}"), names);
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    private Image Create(Digest manifest, Digest id, ImageConfiguration configuration, IReadOnlyList<ImageReference> names) => new(layers, root.EmptyLayer, id)
    {
        ManifestDigest = manifest,
        Configuration = configuration,
        References = [.. names.OrderBy(name => name.ToString(), StringComparer.Ordinal)],
        Size = configuration.RootFs.DiffIds.Distinct().Where(layers.Contains).Sum(diffId => layers.GetInfo(diffId).Size),
    };
}
