using System.Collections.Concurrent;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Images.Archives;

/// <summary>Takes over the images of what <c>docker save</c> writes: configurations and plain layers, for which manifests are made.</summary>
internal sealed class DockerArchiveLoader(
    IImageArchive archive,
    string what,
    ContentStore content,
    Func<string, CancellationToken, Task<byte[]?>> readFile,
    Func<IReadOnlyList<(Digest Blob, Digest DiffId)>, CancellationToken, Task> unpack)
{
    public async Task<IReadOnlyList<LoadedImage>> LoadAsync(byte[] manifestJson, CancellationToken cancellationToken)
    {
        var images = new List<LoadedImage>();
        foreach (DockerArchiveImage image in ImageDocuments.ParseArchive(manifestJson, $"{what}, {DockerArchiveImage.ManifestFileName}"))
        {
            images.Add(await LoadAsync(image, cancellationToken).ConfigureAwait(false));
        }
        return images;
    }

    private async Task<LoadedImage> LoadAsync(DockerArchiveImage image, CancellationToken cancellationToken)
    {
        ImageReference[] names = [.. image.RepoTags.Select(tag => ImageDocuments.ParseReference(tag, what)).Distinct()];
        byte[] json = await readFile(image.Config, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidContentException($"{what}: the configuration {image.Config} is missing.");
        ImageConfiguration configuration = ImageDocuments.ParseConfiguration(json, $"{what}, {image.Config}");
        ImageLoader.RequireLinux(configuration, what);
        IReadOnlyList<Digest> diffIds = configuration.RootFs.DiffIds;
        if (diffIds.Count != image.Layers.Count)
        {
            throw new InvalidContentException($"{what}: {image.Config} has {diffIds.Count} layers, {DockerArchiveImage.ManifestFileName} {image.Layers.Count}.");
        }
        var stored = new ConcurrentDictionary<Digest, Descriptor>();
        await Parallel.ForEachAsync(
            image.Layers.Zip(diffIds).DistinctBy(layer => layer.Second), ImageLoader.StoreOptions(cancellationToken),
            async (layer, token) => stored[layer.Second] = await StoreLayerAsync(layer.First, layer.Second, token).ConfigureAwait(false)).ConfigureAwait(false);
        Descriptor[] layers = [.. diffIds.Select(diffId => stored[diffId])];
        await unpack([.. layers.Select(layer => layer.Digest).Zip(diffIds)], cancellationToken).ConfigureAwait(false);
        Descriptor manifest = await StoreManifestAsync(content, configuration, json, layers, cancellationToken).ConfigureAwait(false);
        return new LoadedImage(manifest, names);
    }

    /// <summary>Stores a configuration and a manifest for it.</summary>
    /// <returns>The manifest's descriptor.</returns>
    public static async Task<Descriptor> StoreManifestAsync(
        ContentStore content, ImageConfiguration configuration, byte[] json, IReadOnlyList<Descriptor> layers, CancellationToken cancellationToken)
    {
        await content.PutAsync(json, cancellationToken).ConfigureAwait(false);
        byte[] manifest = new ImageManifest { Config = Descriptor.ForContent(MediaTypes.OciConfig, json), Layers = layers }.ToUtf8Json();
        await content.PutAsync(manifest, cancellationToken).ConfigureAwait(false);
        return Descriptor.ForContent(MediaTypes.OciManifest, manifest) with { Platform = configuration.Platform };
    }

    private async Task<Descriptor> StoreLayerAsync(string name, Digest diffId, CancellationToken cancellationToken)
    {
        if (content.Contains(diffId))
        {
            // The same layer in another image, or twice in this one.
            return new Descriptor { MediaType = MediaTypes.OciLayer, Digest = diffId, Size = content.GetSize(diffId) };
        }
        string layer = $"{what}, layer {name}";
        using Stream blob = archive.OpenRead(name) ?? throw new InvalidContentException($"{layer} is missing.");
        (PeekedStream peeked, LayerCodec codec) = await LayerStream.PeekAsync(blob, cancellationToken).ConfigureAwait(false);
        if (codec is LayerCodec.Gzip or LayerCodec.Zstd)
        {
            (Digest digest, long size) = await content.PutAsync(peeked, layer, null, null, cancellationToken).ConfigureAwait(false);
            return new Descriptor { MediaType = codec == LayerCodec.Gzip ? MediaTypes.OciLayerGzip : MediaTypes.OciLayerZstd, Digest = digest, Size = size };
        }
        (_, long length) = archive.FindMovable(name) is { } movable
            ? await content.AdoptAsync(movable, layer, diffId, null, cancellationToken).ConfigureAwait(false)
            : await content.PutAsync(peeked, layer, diffId, null, cancellationToken).ConfigureAwait(false);
        return new Descriptor { MediaType = MediaTypes.OciLayer, Digest = diffId, Size = length };
    }
}
