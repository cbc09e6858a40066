using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Verification;

/// <summary>Follows an entry of the catalog to everything that it needs.</summary>
/// <param name="content">The blobs.</param>
/// <param name="layers">The layers.</param>
/// <param name="isDamaged">Whether a blob that is there is known to be wrong.</param>
internal sealed class ImageWalk(ContentStore content, LayerStore layers, Predicate<Digest> isDamaged)
{
    private const int MaxDepth = 8;

    private readonly HashSet<Digest> _visited = [];
    private readonly List<string> _faults = [];
    private readonly List<(Digest DiffId, Descriptor Blob)> _notUnpacked = [];
    private readonly List<(Digest DiffId, Descriptor Blob)> _unpacked = [];

    /// <summary>Why the entry can't be kept; empty for one that is whole.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Layers that are there as blobs only.</summary>
    public IReadOnlyList<(Digest DiffId, Descriptor Blob)> NotUnpacked => _notUnpacked;

    /// <summary>Layers that are there as blobs and unpacked.</summary>
    public IReadOnlyList<(Digest DiffId, Descriptor Blob)> Unpacked => _unpacked;

    /// <summary>Follows an entry.</summary>
    public ValueTask FollowAsync(Descriptor entry, CancellationToken cancellationToken) => FollowAsync(entry, depth: 0, cancellationToken);

    private async ValueTask FollowAsync(Descriptor descriptor, int depth, CancellationToken cancellationToken)
    {
        if (!_visited.Add(descriptor.Digest) || !Require(descriptor, depth))
            return;
        try
        {
            if (MediaTypes.IsIndex(descriptor.MediaType))
                await FollowIndexAsync(descriptor, depth, cancellationToken).ConfigureAwait(false);
            else if (MediaTypes.IsManifest(descriptor.MediaType))
                await FollowManifestAsync(descriptor, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidContentException or ContentMismatchException)
        {
            _faults.Add(e.Message);
        }
    }

    private async ValueTask FollowIndexAsync(Descriptor descriptor, int depth, CancellationToken cancellationToken)
    {
        if (depth == MaxDepth)
            throw new InvalidContentException($"Indexes are nested more than {MaxDepth} deep.");
        byte[] json = await content.ReadDocumentAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
        foreach (Descriptor child in ImageDocuments.ParseIndex(json, $"index {descriptor.Digest}").Manifests)
        {
            // An index lists all platforms; tools copy those that they need.
            if (content.Contains(child.Digest))
                await FollowAsync(child, depth + 1, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FollowManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        byte[] json = await content.ReadDocumentAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
        ImageManifest manifest = ImageDocuments.ParseManifest(json, $"manifest {descriptor.Digest}");
        bool whole = true;
        foreach (Descriptor layer in manifest.Layers)
            whole &= Require(layer, depth: 1);
        if (!Require(manifest.Config, depth: 1) || !MediaTypes.IsConfig(manifest.Config.MediaType))
            return;
        json = await content.ReadDocumentAsync(manifest.Config.Digest, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Digest> diffIds = ImageDocuments.ParseConfiguration(json, $"configuration {manifest.Config.Digest}").RootFs.DiffIds;
        if (diffIds.Count != manifest.Layers.Count)
            throw new InvalidContentException($"The manifest {descriptor.Digest} has {manifest.Layers.Count} layers, its configuration {diffIds.Count}.");
        if (!whole)
            return;
        foreach ((Digest DiffId, Descriptor Blob) layer in diffIds.Zip(manifest.Layers).DistinctBy(pair => pair.First))
            (layers.Contains(layer.DiffId) ? _unpacked : _notUnpacked).Add(layer);
    }

    /// <summary>Notes where a blob is not there as it should be.</summary>
    private bool Require(Descriptor descriptor, int depth)
    {
        string what = $"{(depth == 0 ? "the " : "its part ")}{descriptor.MediaType} {descriptor.Digest}";
        string? fault = !content.Contains(descriptor.Digest) ? $"{what} is missing"
            : isDamaged(descriptor.Digest) ? $"{what} is damaged"
            : content.GetSize(descriptor.Digest) is var size && size != descriptor.Size ? $"{what} has {size} bytes instead of {descriptor.Size}"
            : null;
        if (fault is not null)
            _faults.Add(fault);
        return fault is null;
    }
}
