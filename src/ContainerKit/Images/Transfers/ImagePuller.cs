using ContainerKit.Images.Archives;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Transfers;

/// <summary>Fetches images from registries into the stores.</summary>
/// <param name="root">The data root.</param>
/// <param name="content">Where blobs go.</param>
/// <param name="layers">Where layers go.</param>
/// <param name="client">The registries.</param>
/// <param name="time">Paces waiting for other processes.</param>
internal sealed class ImagePuller(DataRoot root, ContentStore content, LayerStore layers, RegistryClient client, TimeProvider time)
{
    /// <summary>Fetches an image, or finds that everything of it is here.</summary>
    public async Task<LoadedImage> PullAsync(ImageReference reference, ImagePullOptions options, CancellationToken cancellationToken)
    {
        (RegistryManifest found, RegistryManifest top) = await client.Manifests.GetForPlatformAsync(
            reference, options.Platform ?? Platform.Current, cancellationToken).ConfigureAwait(false);
        ImageManifest manifest = found.ParseManifest();
        string what = reference.FamiliarString;
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            throw new NotSupportedException($"it is an artifact ({manifest.ArtifactType ?? manifest.Config.MediaType}), not an image.");
        }
        byte[] json = await ReadConfigurationAsync(reference, manifest.Config, cancellationToken).ConfigureAwait(false);
        ImageConfiguration configuration = ImageDocuments.ParseConfiguration(json, $"configuration of {what}");
        Check(configuration, manifest, options, what);
        await PullLayersAsync(reference, manifest.Layers, configuration.RootFs.DiffIds, options, cancellationToken).ConfigureAwait(false);
        await StoreAsync(manifest.Config, json, cancellationToken).ConfigureAwait(false);
        byte[] manifestJson = found.Content.ToArray();
        await StoreAsync(found.Descriptor, manifestJson, cancellationToken).ConfigureAwait(false);
        return new LoadedImage(found.Descriptor with { Platform = configuration.Platform }, NamesOf(reference, top.Descriptor.Digest));
    }

    /// <summary>The name that was asked for, and what the registry knows the image by.</summary>
    private static List<ImageReference> NamesOf(ImageReference reference, Digest digest)
    {
        ImageReference pinned = ImageReference.Parse($"{reference.Name}@{digest}");
        return reference.Digest is null ? [reference, pinned] : [pinned];
    }

    private static void Check(ImageConfiguration configuration, ImageManifest manifest, ImagePullOptions options, string what)
    {
        ImageLoader.RequireLinux(configuration, what);
        if (options.Platform is { } wanted && !wanted.CanRun(configuration.Platform))
        {
            throw new NotSupportedException($"the image is for {configuration.Platform}, not for {wanted}.");
        }
        if (configuration.RootFs.DiffIds.Count != manifest.Layers.Count)
        {
            throw new InvalidContentException($"{what} has {manifest.Layers.Count} layers, its configuration {configuration.RootFs.DiffIds.Count}.");
        }
        if (manifest.Layers.FirstOrDefault(layer => !MediaTypes.IsLayer(layer.MediaType)) is { } unknown)
        {
            throw new NotSupportedException($"it has a layer of the unknown type {unknown.MediaType}.");
        }
    }

    private async Task<byte[]> ReadConfigurationAsync(ImageReference reference, Descriptor descriptor, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadDocumentAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NotFoundException or ContentMismatchException)
        {
            // Not here, or damaged: it is fetched, and written anew.
            return await client.Blobs.GetAsync(reference, descriptor, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PullLayersAsync(
        ImageReference reference, IReadOnlyList<Descriptor> descriptors, IReadOnlyList<Digest> diffIds, ImagePullOptions options, CancellationToken cancellationToken)
    {
        var puller = new LayerPuller(root, content, layers, client.Blobs, reference, time, options.Progress);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.MaxParallelLayers, CancellationToken = cancellationToken };
        (Descriptor Blob, Digest DiffId)[] pairs = [.. descriptors.Zip(diffIds).DistinctBy(pair => (pair.First.Digest, pair.Second))];
        await Parallel.ForEachAsync(
            pairs, parallel, async (pair, token) => await puller.PullAsync(pair.Blob, pair.DiffId, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task StoreAsync(Descriptor descriptor, byte[] document, CancellationToken cancellationToken)
    {
        if (!content.Contains(descriptor.Digest) || content.GetSize(descriptor.Digest) != descriptor.Size)
        {
            using var stream = new MemoryStream(document, writable: false);
            await content.PutAsync(stream, descriptor.MediaType, descriptor.Digest, descriptor.Size, cancellationToken).ConfigureAwait(false);
        }
    }
}
