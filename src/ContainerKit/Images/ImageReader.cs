using System.Collections.Concurrent;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images;

/// <summary>Makes <see cref="Image"/>s of the catalog's entries and the documents that they lead to.</summary>
internal sealed class ImageReader(DataRoot root, ImageCatalog catalog, ContentStore content, LayerStore layers)
{
    /// <summary>More images than this are not remembered at the same time.</summary>
    private const int MaxRemembered = 4096;

    // Documents never change under their digest, so that looking an image up again costs reading index.json only.
    private readonly ConcurrentDictionary<Digest, ManifestContent> _remembered = new();

    /// <summary>All images. Entries of the layout that are no images (artifacts, or images of another tool that are not complete) are left out.</summary>
    public async ValueTask<IReadOnlyList<Image>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var images = new List<Image>();
        foreach (IGrouping<Digest, Descriptor> entries in catalog.Read().Manifests.Where(IsManifest).GroupBy(entry => entry.Digest))
        {
            if (await ReadAsync(entries.Key, entries, cancellationToken).ConfigureAwait(false) is { } image)
            {
                images.Add(image);
            }
        }
        return images;
    }

    /// <summary>The image of a name, whose documents are the only ones that are read; null when there is none.</summary>
    public async ValueTask<Image?> FindAsync(ImageReference name, CancellationToken cancellationToken)
    {
        Descriptor[] entries = [.. catalog.Read().Manifests.Where(IsManifest)];
        return Array.Find(entries, entry => Matches(entry, name)) is { } found
            ? await ReadAsync(found.Digest, entries.Where(entry => entry.Digest == found.Digest), cancellationToken).ConfigureAwait(false)
            : null;
    }

    private static bool IsManifest(Descriptor entry) => MediaTypes.IsManifest(entry.MediaType);

    private static bool Matches(Descriptor entry, ImageReference name)
        => ImageCatalog.NameOf(entry) is { } other
            && (name.Digest is { } digest ? (entry.Digest == digest || other.Digest == digest) && other.Name == name.Name : other.Equals(name));

    /// <summary>The image of a manifest; null when a part of it is missing, since it is being removed, or it is no image.</summary>
    private async ValueTask<Image?> ReadAsync(Digest manifest, IEnumerable<Descriptor> entries, CancellationToken cancellationToken)
    {
        if (!_remembered.TryGetValue(manifest, out ManifestContent? known))
        {
            known = await ReadContentAsync(manifest, cancellationToken).ConfigureAwait(false);
        }
        if (known is null)
        {
            return null;
        }
        ILookup<bool, ImageReference> names = entries.Select(ImageCatalog.NameOf).OfType<ImageReference>()
            .OrderBy(name => name.ToString(), StringComparer.Ordinal).ToLookup(name => name.Digest is not null);
        return new Image(layers, root.EmptyLayer, known.Id)
        {
            ManifestDigest = manifest,
            Configuration = known.Configuration,
            References = [.. names[false]],
            RepositoryDigests = [.. names[true]],
            Size = known.Size,
        };
    }

    private async ValueTask<ManifestContent?> ReadContentAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            byte[] json = await content.ReadDocumentAsync(digest, cancellationToken).ConfigureAwait(false);
            ImageManifest manifest = ImageDocuments.ParseManifest(json, $"manifest {digest}");
            if (!MediaTypes.IsConfig(manifest.Config.MediaType))
            {
                return null;
            }
            json = await content.ReadDocumentAsync(manifest.Config.Digest, cancellationToken).ConfigureAwait(false);
            ImageConfiguration configuration = ImageDocuments.ParseConfiguration(json, $"configuration {manifest.Config.Digest}");
            Digest[] unpacked = [.. configuration.RootFs.DiffIds.Distinct().Where(layers.Contains)];
            var known = new ManifestContent(manifest.Config.Digest, configuration, unpacked.Sum(diffId => layers.GetInfo(diffId).Size));
            if (unpacked.Length == configuration.RootFs.DiffIds.Distinct().Count())
            {
                Remember(digest, known);
            }
            return known;
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    private void Remember(Digest digest, ManifestContent known)
    {
        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }
        _remembered[digest] = known;
    }

    private sealed record ManifestContent(Digest Id, ImageConfiguration Configuration, long Size);
}
