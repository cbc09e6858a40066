using System.Collections.Immutable;
using ContainerKit.Events;
using ContainerKit.Images;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit;

/// <summary>The images of an engine's data root. Several engines, also of other processes, may share it; every method is safe to call concurrently.</summary>
public sealed partial class ImageCollection
{
    private readonly DataRoot _root;
    private readonly ContentStore _content;
    private readonly LayerStore _layers;
    private readonly LayerLimits _limits;
    private readonly TimeProvider _time;
    private readonly ImageCatalog _catalog;
    private readonly ImageReader _reader;
    private readonly ImageSweeper _sweeper;
    private readonly ImageRemover _remover;

    /// <summary>Opens the images of a data root.</summary>
    /// <param name="root">The data root.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="registry">The registries; stays owned by the caller.</param>
    /// <param name="registryOptions">What <paramref name="registry"/> was made with.</param>
    /// <param name="limits">Bounds on layers; null for the defaults.</param>
    internal ImageCollection(
        DataRoot root, LayerStore layers, TimeProvider time, RegistryClient registry, RegistryClientOptions registryOptions, LayerLimits? limits = null)
    {
        _registries = new RegistryAccess(registry, registryOptions, null);
        _root = root;
        _layers = layers;
        _time = time;
        _limits = limits ?? new LayerLimits();
        _content = new ContentStore(root);
        _catalog = new ImageCatalog(root, time);
        _reader = new ImageReader(root, _catalog, _content, layers);
        _sweeper = new ImageSweeper(root, _catalog, _content, layers, time);
        _remover = new ImageRemover(_catalog, _reader);
    }

    /// <summary>Where it is told what happens; null: nowhere.</summary>
    internal EventLog? Events { get; set; }

    /// <summary>All images, newest first.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Image> images = await _reader.ReadAllAsync(cancellationToken).ConfigureAwait(false);
        return [.. images.OrderByDescending(image => image.Created).ThenBy(image => image.Id.Hex, StringComparer.Ordinal)];
    }

    /// <summary>Finds an image.</summary>
    /// <param name="nameOrId">A name such as <c>alpine:3.20</c>, an id with or without <c>sha256:</c>, or the beginning of one that is unique.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The image, or null when there is none.</returns>
    /// <exception cref="ConflictException">Several ids begin like this.</exception>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<Image?> FindAsync(string nameOrId, CancellationToken cancellationToken = default)
        => (await FindCoreAsync(nameOrId, cancellationToken).ConfigureAwait(false)).Image;

    /// <summary>Finds an image that must be there.</summary>
    /// <param name="nameOrId">As for <see cref="FindAsync"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">There is none.</exception>
    /// <exception cref="ConflictException">Several ids begin like this.</exception>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<Image> GetAsync(string nameOrId, CancellationToken cancellationToken = default)
        => await FindAsync(nameOrId, cancellationToken).ConfigureAwait(false) ?? throw NotFound(nameOrId);

    /// <summary>Gives an image a further name. If another image has it, that one loses it.</summary>
    /// <param name="nameOrId">The image, as for <see cref="FindAsync"/>.</param>
    /// <param name="reference">The new name; <c>:latest</c> is added when it has no tag.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The image with its new name.</returns>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="InvalidContentException">The name breaks the grammar.</exception>
    public async Task<Image> TagAsync(string nameOrId, string reference, CancellationToken cancellationToken = default)
    {
        ImageReference name = ParseTag(reference);
        using FileLock held = await _sweeper.HoldAsync(cancellationToken).ConfigureAwait(false);
        Image image = await GetAsync(nameOrId, cancellationToken).ConfigureAwait(false);
        if (image.ManifestDigest is not { } manifest)
        {
            throw NotFound(nameOrId);
        }
        Descriptor entry = _catalog.Read().Manifests.FirstOrDefault(entry => entry.Digest == manifest) ?? throw NotFound(nameOrId);
        await _catalog.AddAsync(entry, [name], cancellationToken).ConfigureAwait(false);
        Image tagged = await GetAsync(reference, cancellationToken).ConfigureAwait(false);
        Publish(EventAction.Tag, tagged, name.FamiliarString);
        return tagged;
    }

    private void Publish(string action, Image image, string? name = null)
        => Events?.Publish(EventKind.Image, action, image.Id.ToString(), () => Describe(image, name ?? (image.References.Count > 0 ? image.References[0].FamiliarString : null)));

    private static ImmutableSortedDictionary<string, string> Describe(Image image, string? name)
    {
        var attributes = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((string label, string value) in image.Configuration.Config?.Labels ?? new Dictionary<string, string>())
            attributes[label] = value;
        attributes["name"] = name ?? image.Id.ToString();
        return attributes.ToImmutable();
    }

    /// <summary>Keeps an image's layers for as long as a container's directory exists, whatever happens to the image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="containerDirectory">The container's directory, directly below <see cref="DataRoot.ContainersDirectory"/>.</param>
    /// <param name="durable">False: the container does not outlive a crash of the machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">The image was removed a moment ago.</exception>
    internal async ValueTask LeaseLayersAsync(Image image, string containerDirectory, bool durable, CancellationToken cancellationToken)
    {
        using FileLock held = await _sweeper.HoldAsync(cancellationToken).ConfigureAwait(false);
        image.ResolveLayerDirectories();

        // What was prepared for containers of these layers has its claim; it counts from the moment when the directory came to its place.
        LayerLease lease = new(image.Layers);
        if (!lease.IsIn(containerDirectory))
        {
            lease.WriteTo(_root, containerDirectory, durable);
        }
    }

    private async Task<(Image? Image, ImageReference? Name)> FindCoreAsync(string nameOrId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrId);

        // Almost always an id that is there; as a name it would be one of a repository "sha256".
        bool isDigest = Digest.TryParse(nameOrId, out Digest digest);
        if (isDigest && (await _reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(image => image.Id == digest || image.ManifestDigest == digest) is { } known)
        {
            return (known, null);
        }
        if (ImageReference.TryParse(nameOrId, out ImageReference? name)
            && await _reader.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } named)
        {
            return (named, name.Digest is null ? name : null);
        }
        if (isDigest)
        {
            return (null, null);
        }
        IReadOnlyList<Image> images = await _reader.ReadAllAsync(cancellationToken).ConfigureAwait(false);
        string prefix = nameOrId.StartsWith("sha256:", StringComparison.Ordinal) ? nameOrId["sha256:".Length..] : nameOrId;
        Image[] matches = prefix.All(char.IsAsciiHexDigitLower)
            ? [.. images.Where(image => image.Id.Hex.StartsWith(prefix, StringComparison.Ordinal)).DistinctBy(image => image.Id)]
            : [];
        return matches.Length <= 1
            ? (matches.FirstOrDefault(), null)
            : throw new ConflictException($"The id {prefix} is the beginning of {matches.Length} images. Give more digits.");
    }

    private static ImageReference ParseTag(string reference)
    {
        ImageReference name = ImageDocuments.ParseReference(reference, "name");
        return name.Digest is null ? name : throw new InvalidContentException($"{reference} has a digest, which is not given but follows from the image.");
    }

    private static NotFoundException NotFound(string nameOrId) => new($"There is no image {nameOrId}. Load, import or pull it first.");
}
