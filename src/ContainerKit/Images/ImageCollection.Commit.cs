using ContainerKit.Images;
using ContainerKit.Images.Archives;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;

namespace ContainerKit;

/// <content>Images that are made of other ones, and how images came to be.</content>
public sealed partial class ImageCollection
{
    /// <summary>How an image came to be, the newest step first.</summary>
    /// <param name="nameOrId">As for <see cref="FindAsync"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    public async Task<IReadOnlyList<ImageHistoryEntry>> GetHistoryAsync(string nameOrId, CancellationToken cancellationToken = default)
    {
        Image image = await GetAsync(nameOrId, cancellationToken).ConfigureAwait(false);
        var entries = new List<ImageHistoryEntry>();
        int layer = 0;
        foreach (HistoryEntry step in image.Configuration.History)
        {
            Digest? diffId = step.EmptyLayer || layer >= image.Layers.Count ? null : image.Layers[layer++];
            entries.Add(ToEntry(step, diffId));
        }
        // Tools that write no history leave layers that nothing is known of.
        entries.AddRange(image.Layers.Skip(layer).Select(diffId => ToEntry(new HistoryEntry(), diffId)));
        entries.Reverse();
        if (entries.Count > 0)
        {
            entries[0] = entries[0] with { ImageId = image.Id, References = image.References };
        }
        return entries;
    }

    /// <summary>Makes an image of one layer that shows what all layers of an image show together.</summary>
    /// <param name="nameOrId">The image, as for <see cref="FindAsync"/>; it stays.</param>
    /// <param name="reference">The new image's name; null for none.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <returns>The new image.</returns>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="InvalidContentException">The name breaks the grammar.</exception>
    public async Task<Image> SquashAsync(string nameOrId, string? reference = null, CancellationToken cancellationToken = default)
    {
        Image image = await GetAsync(nameOrId, cancellationToken).ConfigureAwait(false);
        ImageReference[] names = reference is null ? [] : [ParseTag(reference)];
        return (await AddAsync(SquashCoreAsync, cancellationToken).ConfigureAwait(false))[0];

        async Task<IReadOnlyList<LoadedImage>> SquashCoreAsync(CancellationToken token)
        {
            (LayerInfo layer, Descriptor blob) = await StoreLayerAsync((output, stop) => PackMergedAsync(image, output, stop), LayerCompression.None, $"layer of {nameOrId}", token).ConfigureAwait(false);
            ImageConfiguration configuration = image.Configuration with
            {
                Created = _time.GetUtcNow(),
                RootFs = new RootFileSystem { DiffIds = [layer.DiffId] },
                History = [new HistoryEntry { Created = _time.GetUtcNow(), Comment = $"squashed from {image.ShortId}" }],
            };
            return [await StoreImageAsync(configuration, [blob], names, token).ConfigureAwait(false)];
        }
    }

    /// <summary>Puts a layer on an image.</summary>
    /// <exception cref="NotFoundException">The image below was removed.</exception>
    internal async Task<Image> CommitAsync(ImageCommit commit, CancellationToken cancellationToken)
    {
        ImageReference[] names = commit.Reference is null ? [] : [ParseTag(commit.Reference)];
        return (await AddAsync(CommitCoreAsync, cancellationToken).ConfigureAwait(false))[0];

        async Task<IReadOnlyList<LoadedImage>> CommitCoreAsync(CancellationToken token)
        {
            // Under the content lock: nothing of it can be freed any more.
            Image parent = await GetAsync(commit.Parent.ToString(), token).ConfigureAwait(false);
            Digest digest = parent.ManifestDigest ?? throw NotFound(commit.Parent.ToString());
            ImageManifest manifest = ImageDocuments.ParseManifest(await _content.ReadDocumentAsync(digest, token).ConfigureAwait(false), $"manifest {digest}");
            ExecutionConfiguration execution = commit.Configure(parent.Configuration.Config);
            (LayerInfo layer, Descriptor blob) = await StoreLayerAsync(commit.WriteLayer, commit.Compression, commit.Reference ?? "commit", token).ConfigureAwait(false);
            DateTimeOffset now = _time.GetUtcNow();
            ImageConfiguration configuration = parent.Configuration with
            {
                Created = now,
                Author = commit.Author ?? parent.Configuration.Author,
                Config = execution,
                RootFs = new RootFileSystem { DiffIds = [.. parent.Layers, layer.DiffId] },
                History = [.. parent.Configuration.History, new HistoryEntry { Created = now, CreatedBy = commit.CreatedBy, Author = commit.Author, Comment = commit.Comment }],
            };
            Descriptor[] layers = [.. manifest.Layers, blob];
            return [await StoreImageAsync(configuration, layers, names, token).ConfigureAwait(false)];
        }
    }

    /// <summary>Stores an archive that is written as a layer, as a blob and unpacked.</summary>
    private async Task<(LayerInfo Layer, Descriptor Blob)> StoreLayerAsync(
        Func<Stream, CancellationToken, Task> write, LayerCompression compression, string what, CancellationToken cancellationToken)
    {
        bool isPlain = compression == LayerCompression.None;
        LayerInfo? info = null;
        Descriptor? descriptor = null;
        await ArchivePipe.RunAsync(isPlain ? write : WriteCompressedAsync, StoreAsync, cancellationToken).ConfigureAwait(false);
        return (info!, descriptor!);

        async Task WriteCompressedAsync(Stream output, CancellationToken token)
        {
            Stream compressed = compression.Open(output);
            await using (compressed.ConfigureAwait(false))
            {
                await write(compressed, token).ConfigureAwait(false);
            }
        }

        async Task StoreAsync(Stream archive, CancellationToken token)
        {
            // One pass: what is unpacked is kept as the blob. Of a plain archive both have the same digest.
            using var recording = new BlobRecording(_root, archive, computesDigest: !isPlain);
            info = await _layers.UnpackAsync(recording, null, what, token).ConfigureAwait(false);
            await recording.CopyToAsync(Stream.Null, token).ConfigureAwait(false);
            Digest digest = recording.Digest ?? info.DiffId;

            // The layer's files are on the disk, and with them, by the same flush, nearly all of this.
            recording.Publish(digest);
            descriptor = new Descriptor { MediaType = compression.MediaType, Digest = digest, Size = recording.RecordedLength };
        }
    }

    private async Task<LoadedImage> StoreImageAsync(
        ImageConfiguration configuration, IReadOnlyList<Descriptor> layers, ImageReference[] names, CancellationToken cancellationToken)
        => new(await DockerArchiveLoader.StoreManifestAsync(_content, configuration, configuration.ToUtf8Json(), layers, cancellationToken).ConfigureAwait(false), names);

    private async Task PackMergedAsync(Image image, Stream output, CancellationToken cancellationToken)
    {
        using LayerDirectories layers = await LayerDirectories.OpenAsync(image.ResolveLayerDirectories(), _layers.OpenAsync, cancellationToken).ConfigureAwait(false);
        var writer = new TarWriter(output);
        using var root = new MergedTreeDirectory(layers.OpenRoot());
        await new TreePacker(writer, _layers.Owners, new PackingOptions()).PackContentAsync(root, [], cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private ImageHistoryEntry ToEntry(HistoryEntry step, Digest? diffId)
        => new(step.Created, step.CreatedBy ?? "", step.Author, step.Comment ?? "", diffId, diffId is { } layer && _layers.Contains(layer) ? _layers.GetInfo(layer).Size : 0);
}
