using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Archives;

/// <summary>Writes images as an OCI image layout, with what <c>docker load</c> of older versions reads beside it.</summary>
internal sealed class ImageSaver(ContentStore content, IImageTarget target)
{
    private readonly HashSet<Digest> _written = [];

    /// <summary>Writes everything, the index last: a layout without it is none yet.</summary>
    /// <param name="images">The images, each with the name that it is to have; null for none.</param>
    /// <param name="format">What is written.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task SaveAsync(IReadOnlyList<(Image Image, ImageReference? Name)> images, ImageArchiveFormat format, CancellationToken cancellationToken)
    {
        var entries = new List<Descriptor>();
        var archive = new List<DockerArchiveImage>();
        foreach (IGrouping<Digest, (Image Image, ImageReference? Name)> group in images.GroupBy(image => image.Image.ManifestDigest!.Value))
        {
            ImageReference[] names = [.. group.Select(image => image.Name).OfType<ImageReference>().Distinct()];
            (Descriptor descriptor, ImageManifest manifest) = await WriteImageAsync(group.Key, group.First().Image, cancellationToken).ConfigureAwait(false);
            entries.AddRange(names.Select(name => descriptor with { Annotations = Annotate(name) }).DefaultIfEmpty(descriptor));
            archive.Add(new DockerArchiveImage
            {
                Config = OciLayout.BlobPath(manifest.Config.Digest),
                RepoTags = [.. names.Select(name => name.FamiliarString)],
                Layers = [.. manifest.Layers.Select(layer => OciLayout.BlobPath(layer.Digest))],
            });
        }
        await WriteAsync(OciLayout.FileName, new OciLayout { Version = OciLayout.CurrentVersion }.ToUtf8Json(), cancellationToken).ConfigureAwait(false);
        if (format == ImageArchiveFormat.Docker)
        {
            await WriteAsync(DockerArchiveImage.ManifestFileName, DockerArchiveImage.WriteManifest(archive), cancellationToken).ConfigureAwait(false);
        }
        ImageIndex index = Merge(target.ReadIndex(), entries);
        await WriteAsync(OciLayout.IndexFileName, index.ToUtf8Json(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes images of several platforms as one image: an index that is named.</summary>
    public async Task SaveIndexAsync(IReadOnlyList<Image> images, IReadOnlyList<ImageReference> names, CancellationToken cancellationToken)
    {
        var manifests = new List<Descriptor>();
        foreach (Image image in images)
        {
            manifests.Add((await WriteImageAsync(image.ManifestDigest!.Value, image, cancellationToken).ConfigureAwait(false)).Descriptor);
        }
        byte[] json = new ImageIndex { Manifests = manifests }.ToUtf8Json();
        Descriptor index = Descriptor.ForContent(MediaTypes.OciIndex, json);
        await WriteAsync(OciLayout.BlobPath(index.Digest), json, cancellationToken).ConfigureAwait(false);
        await WriteAsync(OciLayout.FileName, new OciLayout { Version = OciLayout.CurrentVersion }.ToUtf8Json(), cancellationToken).ConfigureAwait(false);
        List<Descriptor> entries = [.. names.Select(name => index with { Annotations = Annotate(name) }).DefaultIfEmpty(index)];
        await WriteAsync(OciLayout.IndexFileName, Merge(target.ReadIndex(), entries).ToUtf8Json(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<(Descriptor Descriptor, ImageManifest Manifest)> WriteImageAsync(Digest digest, Image image, CancellationToken cancellationToken)
    {
        byte[] json = await content.ReadDocumentAsync(digest, cancellationToken).ConfigureAwait(false);
        ImageManifest manifest = ImageDocuments.ParseManifest(json, $"manifest {digest}");
        foreach (Digest blob in manifest.Layers.Select(layer => layer.Digest).Append(manifest.Config.Digest).Append(digest).Where(_written.Add))
        {
            using FileStream file = content.OpenRead(blob);
            await target.WriteAsync(OciLayout.BlobPath(blob), file, file.Length, cancellationToken).ConfigureAwait(false);
        }
        return (new Descriptor { MediaType = manifest.MediaType, Digest = digest, Size = json.Length, Platform = image.Configuration.Platform }, manifest);
    }

    /// <summary>Other images of the layout stay; who has a name of ours loses it.</summary>
    private static ImageIndex Merge(ImageIndex? existing, List<Descriptor> entries)
    {
        HashSet<string> names = [.. entries.Select(NameOf).OfType<string>()];
        IEnumerable<Descriptor> kept = (existing?.Manifests ?? []).Where(entry => !(NameOf(entry) is { } name ? names.Contains(name) : entries.Exists(ours => ours.Digest == entry.Digest)));
        return (existing ?? new ImageIndex { Manifests = [] }) with { Manifests = [.. kept, .. entries] };
    }

    private static string? NameOf(Descriptor entry) => entry.Annotations.GetValueOrDefault(AnnotationNames.RefName);

    private static Dictionary<string, string> Annotate(ImageReference name) => new()
    {
        [AnnotationNames.RefName] = name.FamiliarString,
        [AnnotationNames.ContainerdImageName] = name.ToString(),
    };

    private async Task WriteAsync(string name, byte[] document, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(document, writable: false);
        await target.WriteAsync(name, stream, document.Length, cancellationToken).ConfigureAwait(false);
    }
}
