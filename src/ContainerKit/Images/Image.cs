using System.Collections.Immutable;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit;

/// <summary>An image as it was when it was looked up: what a container's root file system is made of, and how its process is started.</summary>
/// <remarks>Instances hold no resources and don't change; another process may remove the image meanwhile.</remarks>
public sealed class Image
{
    private const int ShortIdLength = 12;

    private readonly LayerStore _layers;
    private readonly string _emptyLayer;

    internal Image(LayerStore layers, string emptyLayer, Digest id)
    {
        _layers = layers;
        _emptyLayer = emptyLayer;
        Id = id;
    }

    /// <summary>The digest of the image's configuration, what Docker calls the image id. For a directory one that is made of its path.</summary>
    public Digest Id { get; }

    /// <summary>The first 12 hex digits of <see cref="Id"/>.</summary>
    public string ShortId => Id.Hex[..ShortIdLength];

    /// <summary>The digest of the image's manifest, by which registries know it; null for a directory.</summary>
    public Digest? ManifestDigest { get; internal init; }

    /// <summary>The image's names, all with tags, in alphabetical order. Empty for an image that has none.</summary>
    public required IReadOnlyList<ImageReference> References { get; init; }

    /// <summary>
    /// The repositories that the image was pulled from or pushed to, with the digest by which it is known there: <c>alpine@sha256:…</c>. For an
    /// image of several platforms that is the digest of the index. In alphabetical order.
    /// </summary>
    public IReadOnlyList<ImageReference> RepositoryDigests { get; internal init; } = [];

    /// <summary>Environment, command, user, platform, history.</summary>
    public required ImageConfiguration Configuration { get; init; }

    /// <summary>The diff ids of the layers, the lowest first. Empty for a directory.</summary>
    public IReadOnlyList<Digest> Layers => Directory is null ? Configuration.RootFs.DiffIds : [];

    /// <summary>Bytes of the files in the image's layers; 0 for a directory, which is not counted.</summary>
    public long Size { get; internal init; }

    /// <summary>When the image was made, as its configuration says; null where it does not.</summary>
    public DateTimeOffset? Created => Configuration.Created;

    /// <summary>The host directory that is the image (<see cref="ImageCollection.FromDirectoryAsync"/>), or null.</summary>
    public string? Directory { get; internal init; }

    /// <inheritdoc/>
    public override string ToString() => Directory ?? (References.Count > 0 ? References[0].FamiliarString : ShortId);

    /// <summary>The same image with some of its names.</summary>
    internal Image WithNames(IReadOnlyList<ImageReference> references, IReadOnlyList<ImageReference> repositoryDigests) => new(_layers, _emptyLayer, Id)
    {
        ManifestDigest = ManifestDigest,
        References = references,
        RepositoryDigests = repositoryDigests,
        Configuration = Configuration,
        Size = Size,
        Directory = Directory,
    };

    /// <summary>The host directories to stack, topmost first; never empty.</summary>
    /// <exception cref="NotFoundException">A layer is not there any more.</exception>
    internal ImmutableArray<string> ResolveLayerDirectories()
    {
        if (Directory is not null)
        {
            return [Directory];
        }
        // The same layer twice is refused by overlayfs (ELOOP). The lower one shows nothing that the upper one does not.
        ImmutableArray<string> directories = [.. Layers.Reverse().Distinct().Select(_layers.GetPath)];
        return directories.IsEmpty ? [_emptyLayer] : directories;
    }
}
