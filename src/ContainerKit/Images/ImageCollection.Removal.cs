using System.Collections.Frozen;
using ContainerKit.Filters;
using ContainerKit.Images;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit;

/// <content>How images go.</content>
public sealed partial class ImageCollection
{
    private static readonly FrozenSet<string> PruneFilters = FrozenSet.Create(StringComparer.Ordinal, "dangling", "label", "label!", "until");

    /// <summary>The containers of the data root; null where there are none.</summary>
    internal IImageUsers? Users { get; set; }

    /// <inheritdoc cref="RemoveAsync(string, bool, CancellationToken)"/>
    public Task<ImageRemovalReport> RemoveAsync(string nameOrId, CancellationToken cancellationToken = default) => RemoveAsync(nameOrId, force: false, cancellationToken);

    /// <summary>
    /// Removes a name, and with the last one the image; given an id, the image with its name. What registries know the image by
    /// (<see cref="Image.RepositoryDigests"/>) goes with the last tag of the repository. Layers that containers use stay until those are removed.
    /// </summary>
    /// <param name="nameOrId">As for <see cref="FindAsync"/>.</param>
    /// <param name="force">
    /// True: an id may have several names, which all go, and containers that don't run may use the image. An image that a running container
    /// uses stays anyway; its last name can be taken away by force. Default false.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What went.</returns>
    /// <exception cref="NotFoundException">There is no such image.</exception>
    /// <exception cref="ConflictException">It has several names, or a container uses it, and that was not forced; or several ids begin like this.</exception>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<ImageRemovalReport> RemoveAsync(string nameOrId, bool force, CancellationToken cancellationToken = default)
    {
        (Image? image, ImageReference? name) = await FindCoreAsync(nameOrId, cancellationToken).ConfigureAwait(false);
        if (image is null)
            throw NotFound(nameOrId);
        if (name is null && ImageReference.TryParse(nameOrId, out ImageReference? pinned) && image.RepositoryDigests.Contains(pinned))
            name = pinned;
        IReadOnlyList<ImageUser> users = await ListUsersAsync(cancellationToken).ConfigureAwait(false);
        (IReadOnlyList<ImageReference> untagged, bool isGone) = await RemoveAsync(image, name, force, users, cancellationToken).ConfigureAwait(false);
        PublishRemoval(image, untagged, isGone);
        SweptContent swept = await _sweeper.SweepIfRequestedAsync(cancellationToken).ConfigureAwait(false);
        return new ImageRemovalReport(untagged, isGone ? [image.Id] : [], swept.Layers, swept.Bytes);
    }

    /// <summary>Removes images that no container uses.</summary>
    /// <param name="filters">
    /// <c>dangling</c> (true, the default: only those without tags; false: all), <c>until</c> (made at this time or before: a time, seconds since
    /// 1970, or how long ago as in <c>24h</c>), <c>label</c> (all must be there), <c>label!</c> (none may be there); null for the defaults.
    /// </param>
    /// <param name="cancellationToken">Stops; what is removed stays removed.</param>
    /// <returns>What went.</returns>
    /// <exception cref="ArgumentException">A filter or its value is not allowed. Nothing was removed.</exception>
    /// <exception cref="InvalidContentException">The data root is damaged.</exception>
    public async Task<ImageRemovalReport> PruneAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        filters ??= FilterSet.Empty;
        FilterRules.RequireKnown(filters, PruneFilters);
        bool danglingOnly = FilterRules.Boolean(filters, "dangling") ?? true;
        DateTimeOffset? until = FilterRules.Moment(filters, "until", _time);
        HashSet<string> used = [.. (await ListUsersAsync(cancellationToken).ConfigureAwait(false)).Select(user => user.ImageId)];
        IReadOnlyList<Image> all = await ListAsync(cancellationToken).ConfigureAwait(false);
        Image[] unwanted =
        [
            .. all.Where(image => !used.Contains(image.Id.ToString())
                && !(danglingOnly && image.References.Count > 0)
                && (until is null || image.Created <= until)
                && FilterRules.HasLabels(image.Configuration.Config.Labels, filters["label"])
                && FilterRules.LacksLabels(image.Configuration.Config.Labels, filters["label!"])),
        ];
        var untagged = new List<ImageReference>();
        var deleted = new List<Digest>();
        foreach (Image image in unwanted)
        {
            // One at a time, so that stopping in the middle leaves whole images; and only as it was looked at: a name that it got meanwhile stays.
            using FileLock held = await _sweeper.HoldForChangeAsync(cancellationToken).ConfigureAwait(false);
            if (!await _catalog.RemoveUnchangedAsync(image.ManifestDigest!.Value, [.. image.References, .. image.RepositoryDigests], cancellationToken).ConfigureAwait(false))
                continue;
            bool isGone = all.All(other => other.Id != image.Id || other.ManifestDigest == image.ManifestDigest || unwanted.Contains(other));
            untagged.AddRange([.. image.References, .. image.RepositoryDigests]);
            PublishRemoval(image, [.. image.References, .. image.RepositoryDigests], isGone && !deleted.Contains(image.Id));
            if (isGone && !deleted.Contains(image.Id))
                deleted.Add(image.Id);
        }

        SweptContent swept = await _sweeper.SweepIfRequestedAsync(cancellationToken).ConfigureAwait(false);
        return new ImageRemovalReport(untagged, deleted, swept.Layers, swept.Bytes);
    }

    /// <summary>Frees layers that only containers which are gone have needed; for when a container was removed.</summary>
    internal async ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_sweeper.IsWaitingForContainers)
            await FreeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Frees layers that no image and no container needs any more.</summary>
    internal async ValueTask FreeAsync(CancellationToken cancellationToken)
    {
        _sweeper.RequestSweep();
        await _sweeper.SweepIfRequestedAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes what dead processes have left half done, and frees what nothing refers to any more.</summary>
    internal async ValueTask RecoverAsync(CancellationToken cancellationToken)
    {
        await _layers.RemoveAbandonedAsync(cancellationToken).ConfigureAwait(false);
        BlobIngest.RemoveOld(_root, _time);
        await _root.RemoveAbandonedLocksAsync(cancellationToken).ConfigureAwait(false);
        if (_sweeper.IsWaitingForContainers)
            _sweeper.RequestSweep(); // the last one may have been removed by a process that died right after
        try
        {
            await _sweeper.SweepIfRequestedAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidContentException)
        {
            // A damaged data root has to be opened to be repaired. Nothing was freed, and it stays noted that there is something to free.
        }
    }

    /// <summary>Nobody sweeps until the change is done: a sweep before it would take back the request, and a crash after it leave what it freed.</summary>
    private async ValueTask<(IReadOnlyList<ImageReference> Untagged, bool IsGone)> RemoveAsync(
        Image image, ImageReference? name, bool force, IReadOnlyList<ImageUser> users, CancellationToken cancellationToken)
    {
        using FileLock held = await _sweeper.HoldForChangeAsync(cancellationToken).ConfigureAwait(false);
        return await _remover.RemoveAsync(image, name, force, users, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<IReadOnlyList<ImageUser>> ListUsersAsync(CancellationToken cancellationToken)
        => Users?.ListAsync(cancellationToken) ?? ValueTask.FromResult<IReadOnlyList<ImageUser>>([]);

    /// <summary>Docker's order: each name that goes, and then the image.</summary>
    private void PublishRemoval(Image image, IReadOnlyList<ImageReference> untagged, bool isGone)
    {
        foreach (ImageReference lost in untagged)
            Publish(EventAction.Untag, image, lost.FamiliarString);
        if (isGone)
            Publish(EventAction.Delete, image);
    }
}
