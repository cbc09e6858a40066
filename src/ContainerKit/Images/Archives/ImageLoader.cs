using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Archives;

/// <summary>An image that was loaded: its manifest is stored, its layers are unpacked, the catalog does not know it yet.</summary>
/// <param name="Manifest">Where its manifest is.</param>
/// <param name="Names">What the archive calls it.</param>
internal sealed record LoadedImage(Descriptor Manifest, IReadOnlyList<ImageReference> Names);

/// <summary>Takes the images of an archive over into the stores. Everything is verified against its digest.</summary>
/// <param name="archive">The archive.</param>
/// <param name="what">What it is called in messages.</param>
/// <param name="content">Where blobs go.</param>
/// <param name="layers">Where layers go.</param>
internal sealed class ImageLoader(IImageArchive archive, string what, ContentStore content, LayerStore layers)
{
    private const int MaxIndexDepth = 4;
    private const int MaxParallelLayers = 4;

    /// <summary>Loads all images.</summary>
    /// <exception cref="InvalidContentException">The archive is neither an OCI layout nor a docker archive, or is malformed.</exception>
    public async Task<IReadOnlyList<LoadedImage>> LoadAsync(CancellationToken cancellationToken)
    {
        // docker save writes both forms since version 25; the layout has the original manifests.
        if (await ReadFileAsync(OciLayout.IndexFileName, cancellationToken).ConfigureAwait(false) is { } index)
        {
            return await LoadLayoutAsync(index, cancellationToken).ConfigureAwait(false);
        }
        if (await ReadFileAsync(DockerArchiveImage.ManifestFileName, cancellationToken).ConfigureAwait(false) is { } manifest)
        {
            return await new DockerArchiveLoader(archive, what, content, ReadFileAsync, UnpackAsync).LoadAsync(manifest, cancellationToken).ConfigureAwait(false);
        }
        throw new InvalidContentException(
            $"{what} has neither {OciLayout.IndexFileName} (OCI layout) nor {DockerArchiveImage.ManifestFileName} (docker save). A root file system is for import.");
    }

    private async Task<IReadOnlyList<LoadedImage>> LoadLayoutAsync(byte[] index, CancellationToken cancellationToken)
    {
        if (await ReadFileAsync(OciLayout.FileName, cancellationToken).ConfigureAwait(false) is { } layout)
        {
            try
            {
                OciLayout.Parse(layout);
            }
            catch (OciFormatException e)
            {
                throw new InvalidContentException($"{what}: {e.Message}", e);
            }
        }
        var images = new List<LoadedImage>();
        foreach (IGrouping<Digest, Descriptor> entries in ImageDocuments.ParseIndex(index, $"{what}, {OciLayout.IndexFileName}").Manifests.GroupBy(entry => entry.Digest))
        {
            ImageReference[] names = [.. entries.Select(NameOf).OfType<ImageReference>().Distinct()];
            Descriptor manifest = await ChooseAsync(entries.First(), depth: 0, cancellationToken).ConfigureAwait(false);
            images.Add(new LoadedImage(await LoadManifestAsync(manifest, cancellationToken).ConfigureAwait(false), names));
        }
        return images;
    }

    /// <summary>The manifest for this machine, where an entry is an index of several platforms.</summary>
    private async Task<Descriptor> ChooseAsync(Descriptor entry, int depth, CancellationToken cancellationToken)
    {
        if (MediaTypes.IsManifest(entry.MediaType))
        {
            return entry;
        }
        if (!MediaTypes.IsIndex(entry.MediaType) || depth == MaxIndexDepth)
        {
            throw new UnsupportedException($"{what} has an entry of type {entry.MediaType}, which is no image.");
        }
        ImageIndex index = ImageDocuments.ParseIndex(await ReadBlobAsync(entry, cancellationToken).ConfigureAwait(false), $"{what}, index {entry.Digest}");
        Descriptor chosen = index.Select(Platform.Current)
            ?? throw new UnsupportedException(
                $"{what} has no image for {Platform.Current}, only for {string.Join(", ", index.Manifests.Select(manifest => manifest.Platform).OfType<Platform>())}.");
        return await ChooseAsync(chosen, depth + 1, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Descriptor> LoadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        string name = $"{what}, manifest {descriptor.Digest}";
        byte[] json = await ReadBlobAsync(descriptor, cancellationToken).ConfigureAwait(false);
        ImageManifest manifest = ImageDocuments.ParseManifest(json, name);
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            throw new UnsupportedException($"{name} is an artifact ({manifest.ArtifactType ?? manifest.Config.MediaType}), not an image.");
        }
        byte[] configurationJson = await ReadBlobAsync(manifest.Config, cancellationToken).ConfigureAwait(false);
        ImageConfiguration configuration = ImageDocuments.ParseConfiguration(configurationJson, $"{what}, configuration {manifest.Config.Digest}");
        RequireLinux(configuration, what);
        IReadOnlyList<Digest> diffIds = configuration.RootFs.DiffIds;
        if (diffIds.Count != manifest.Layers.Count)
        {
            throw new InvalidContentException($"{name} has {manifest.Layers.Count} layers, its configuration {diffIds.Count}.");
        }
        await Parallel.ForEachAsync(manifest.Layers.DistinctBy(layer => layer.Digest), StoreOptions(cancellationToken), StoreLayerAsync).ConfigureAwait(false);
        await UnpackAsync([.. manifest.Layers.Select(layer => layer.Digest).Zip(diffIds)], cancellationToken).ConfigureAwait(false);
        await StoreAsync(manifest.Config, configurationJson, cancellationToken).ConfigureAwait(false);
        await StoreAsync(descriptor, json, cancellationToken).ConfigureAwait(false);
        return new Descriptor { MediaType = descriptor.MediaType, Digest = descriptor.Digest, Size = descriptor.Size, Platform = configuration.Platform };
    }

    /// <summary>Refuses images of other operating systems, whose files would be of no use.</summary>
    public static void RequireLinux(ImageConfiguration configuration, string what)
    {
        if (configuration.Os != "linux")
        {
            throw new UnsupportedException($"{what} has an image for {configuration.Os}; containers here are Linux ones.");
        }
    }

    /// <summary>Storing is reckoning digests and waiting for the disk: more at a time than there are processors.</summary>
    internal static ParallelOptions StoreOptions(CancellationToken cancellationToken)
        => new() { MaxDegreeOfParallelism = MaxParallelLayers, CancellationToken = cancellationToken };

    private async ValueTask StoreLayerAsync(Descriptor layer, CancellationToken cancellationToken)
    {
        if (content.Contains(layer.Digest))
        {
            return;
        }
        if (!MediaTypes.IsLayer(layer.MediaType))
        {
            throw new UnsupportedException($"{what} has a layer of the unknown type {layer.MediaType}.");
        }
        string path = OciLayout.BlobPath(layer.Digest);
        string name = $"{what}, layer {layer.Digest}";
        if (archive.FindMovable(path) is { } movable)
        {
            await content.AdoptAsync(movable, name, layer.Digest, layer.Size, cancellationToken).ConfigureAwait(false);
            return;
        }
        using Stream blob = archive.OpenRead(path) ?? throw new InvalidContentException($"{name} is missing.");
        await content.PutAsync(blob, name, layer.Digest, layer.Size, cancellationToken).ConfigureAwait(false);
    }

    private async Task StoreAsync(Descriptor descriptor, byte[] document, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(document, writable: false);
        await content.PutAsync(stream, what, descriptor.Digest, descriptor.Size, cancellationToken).ConfigureAwait(false);
    }

    private Task UnpackAsync(IReadOnlyList<(Digest Blob, Digest DiffId)> pairs, CancellationToken cancellationToken)
    {
        // Layers don't depend on each other: they are keyed by diff id.
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(MaxParallelLayers, Environment.ProcessorCount),
            CancellationToken = cancellationToken,
        };
        return Parallel.ForEachAsync(pairs.DistinctBy(pair => pair.DiffId), options, async (pair, token) =>
        {
            using FileStream blob = content.OpenRead(pair.Blob);
            await layers.UnpackAsync(blob, pair.DiffId, $"{what}, layer {pair.Blob}", token).ConfigureAwait(false);
        });
    }

    private async Task<byte[]> ReadBlobAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        string name = $"{what}, {descriptor.MediaType} {descriptor.Digest}";
        byte[] blob = await ReadFileAsync(OciLayout.BlobPath(descriptor.Digest), cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidContentException($"{name} is missing.");
        if (blob.Length != descriptor.Size)
        {
            throw new ContentMismatchException(name, $"{descriptor.Size} bytes", $"{blob.Length} bytes");
        }
        Digest actual = Digest.Compute(blob, descriptor.Digest.Algorithm);
        return actual == descriptor.Digest ? blob : throw new ContentMismatchException(name, descriptor.Digest.ToString(), actual.ToString());
    }

    private async Task<byte[]?> ReadFileAsync(string name, CancellationToken cancellationToken)
    {
        using Stream? file = archive.OpenRead(name);
        if (file is null)
        {
            return null;
        }
        using var document = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        while (await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            document.Write(buffer, 0, read);
            if (document.Length > OciLimits.MaxDocumentSize)
            {
                throw new InvalidContentException($"{what}: {name} is larger than {OciLimits.MaxDocumentSize} bytes.");
            }
        }
        return document.ToArray();
    }

    /// <summary>
    /// What an entry of a layout is called. containerd and docker write the whole name beside the tag; others write only the reference name,
    /// which is a whole name or just a tag. <c>latest</c> and versions are taken for a tag, which makes no name by itself.
    /// </summary>
    private static ImageReference? NameOf(Descriptor entry)
    {
        string? text = entry.Annotations.GetValueOrDefault(AnnotationNames.ContainerdImageName);
        if (text is null && entry.Annotations.GetValueOrDefault(AnnotationNames.RefName) is { } name)
        {
            bool isTag = name == ImageReference.DefaultTag || (!name.Contains(':', StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal)
                && char.IsAsciiDigit(name.TrimStart('v').FirstOrDefault()));
            text = isTag ? null : name;
        }
        return ImageReference.TryParse(text, out ImageReference? reference) ? reference : null;
    }
}
