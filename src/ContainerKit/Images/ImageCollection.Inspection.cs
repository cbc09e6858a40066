using ContainerKit.Images;
using ContainerKit.Images.Verification;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit;

/// <content>What there is, and what it takes.</content>
public sealed partial class ImageCollection
{
    /// <summary>The images that filters want, newest first.</summary>
    /// <param name="filters">
    /// <c>dangling</c> (true: those without tags; false: those with a name), <c>label</c> (<c>name</c> or <c>name=value</c>; all must be there),
    /// <c>before</c> and <c>since</c> (made before or after this image), <c>until</c> (made before this time: a time, seconds since 1970, or how
    /// long ago as in <c>24h</c>), <c>reference</c> (a name or a pattern such as <c>alpine:3.*</c>; the images then have only the names that match).
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ArgumentException">A filter or its value is not allowed; the message names it and what is allowed.</exception>
    /// <exception cref="NotFoundException">The image that <c>before</c> or <c>since</c> names does not exist.</exception>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<IReadOnlyList<Image>> ListAsync(FilterSet filters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filters);
        var matcher = new ImageMatcher(filters, _time);
        foreach (string value in filters["before"])
        {
            if ((await GetFilteredAsync(value, "before", cancellationToken).ConfigureAwait(false)).Created is { } created)
                matcher.RequireBefore(created);
        }

        foreach (string value in filters["since"])
        {
            if ((await GetFilteredAsync(value, "since", cancellationToken).ConfigureAwait(false)).Created is { } created)
                matcher.RequireSince(created);
        }

        return [.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Select(matcher.Match).OfType<Image>()];
    }

    /// <summary>Everything that is known of an image, its layers one by one.</summary>
    /// <param name="nameOrId">As for <see cref="FindAsync"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ConflictException">Several ids begin like this.</exception>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<ImageInfo> InspectAsync(string nameOrId, CancellationToken cancellationToken = default)
    {
        Image image = await GetAsync(nameOrId, cancellationToken).ConfigureAwait(false);
        Digest manifest = image.ManifestDigest ?? throw NotFound(nameOrId);
        byte[] json = await _content.ReadDocumentAsync(manifest, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Descriptor> blobs = ImageDocuments.ParseManifest(json, $"manifest {manifest}").Layers;
        IReadOnlyList<ImageUser> users = await ListUsersAsync(cancellationToken).ConfigureAwait(false);
        return new ImageInfo(
            image,
            [.. image.Layers.Zip(blobs, Describe)],
            [.. users.Where(user => user.ImageId == image.Id.ToString()).Select(user => user.Id)])
        {
            ManifestSize = json.Length,
        };
    }

    /// <summary>What images and their parts take of the disk.</summary>
    internal async ValueTask<ImageStorageUsage> MeasureAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Image> images = await ListAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ImageUser> users = await ListUsersAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<Digest, long> sizes = _layers.List().ToDictionary(diffId => diffId, _layers.GetSize);

        // Not by manifests: an image that is here with two of them shares nothing with another one.
        Dictionary<Digest, int> uses = images.DistinctBy(image => image.Id).SelectMany(image => image.Layers.Distinct()).CountBy(diffId => diffId).ToDictionary();
        return new ImageStorageUsage(
            [.. images.Select(Measure)],
            sizes.Values.Sum(),
            MeasureFiles(_root.BlobsDirectory),
            MeasureFiles(_root.IngestDirectory));

        ImageDiskUsage Measure(Image image)
        {
            ILookup<bool, long> layers = image.Layers.Distinct().ToLookup(diffId => uses[diffId] > 1, diffId => sizes.GetValueOrDefault(diffId));
            return new ImageDiskUsage(image, layers[true].Sum(), layers[false].Sum(), users.Count(user => user.ImageId == image.Id.ToString()));
        }
    }

    /// <summary>Checks images and their parts, and repairs them where that is wanted.</summary>
    /// <param name="options">What is done.</param>
    /// <param name="findLease">The diff ids of the layers that a container needs, from its own files; null when these don't say.</param>
    /// <param name="findings">What is found is added here.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal Task VerifyAsync(VerificationOptions options, Func<string, IReadOnlyList<Digest>?> findLease, Findings findings, CancellationToken cancellationToken)
        => new StoreVerifier(_root, _catalog, _content, _layers, _sweeper).RunAsync(options, findLease, findings, cancellationToken);

    /// <summary>Opens a directory of a container or layer with all rights over its files.</summary>
    internal ValueTask<RootedDirectory> OpenTreeAsync(string path, CancellationToken cancellationToken) => _layers.OpenAsync(path, cancellationToken);

    private static long MeasureFiles(string directory)
    {
        long size = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
            size += file.Exists ? file.Length : 0;
        return size;
    }

    private async ValueTask<Image> GetFilteredAsync(string nameOrId, string filter, CancellationToken cancellationToken)
        => (nameOrId.Length == 0 ? null : await FindAsync(nameOrId, cancellationToken).ConfigureAwait(false))
            ?? throw new NotFoundException($"There is no image '{nameOrId}', which the filter {filter} names.");

    private ImageLayer Describe(Digest diffId, Descriptor blob)
    {
        LayerInfo? info = TryGetInfo(diffId);
        return new ImageLayer
        {
            DiffId = diffId,
            Blob = blob,
            HasBlob = _content.Contains(blob.Digest),
            Directory = info is null ? null : _root.LayerPath(diffId),
            Size = info?.Size ?? 0,
            ArchiveSize = info?.ArchiveSize ?? 0,
            Entries = info?.Entries ?? 0,
        };
    }

    private LayerInfo? TryGetInfo(Digest diffId)
    {
        try
        {
            return _layers.Contains(diffId) ? _layers.GetInfo(diffId) : null;
        }
        catch (NotFoundException)
        {
            return null; // removed in this moment
        }
    }
}
