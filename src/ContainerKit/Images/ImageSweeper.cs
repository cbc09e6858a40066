using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images;

/// <summary>
/// Frees blobs and layers that nothing refers to: mark from the catalog and the containers' leases, sweep the rest. Whoever adds content
/// that is not referred to yet holds the content lock shared meanwhile; sweeping needs it exclusively, and is put off while it can't be had.
/// </summary>
internal sealed class ImageSweeper(DataRoot root, ImageCatalog catalog, ContentStore content, LayerStore layers, TimeProvider time)
{
    private string ContentLock => root.LockPath("content");

    /// <summary>Exists while something may be there to be swept, also after a crash.</summary>
    private string PendingFile => root.LockPath("sweep-pending");

    /// <summary>Exists while there are layers that only containers need.</summary>
    private string LeasedFile => root.LockPath("sweep-leased");

    /// <summary>True when removing a container may free layers.</summary>
    public bool IsWaitingForContainers => File.Exists(LeasedFile);

    /// <summary>Keeps everything from being freed, for whoever adds content or references, or takes them away. What is not referred to at the end will be swept.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public async ValueTask<FileLock> HoldForChangeAsync(CancellationToken cancellationToken)
    {
        FileLock held = await HoldAsync(cancellationToken).ConfigureAwait(false);
        RequestSweep();
        return held;
    }

    /// <summary>Keeps everything from being freed.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public ValueTask<FileLock> HoldAsync(CancellationToken cancellationToken)
        => FileLock.AcquireAsync(ContentLock, FileLockMode.Shared, time, cancellationToken);

    /// <summary>True while it is noted that there may be something to sweep.</summary>
    public bool IsSweepRequested => File.Exists(PendingFile);

    /// <summary>Notes that there may be something to sweep.</summary>
    public void RequestSweep() => File.WriteAllBytes(PendingFile, []);

    /// <summary>Sweeps where that was asked for, unless somebody is adding content: then it is left to them.</summary>
    /// <returns>What went.</returns>
    /// <exception cref="InvalidContentException">A manifest or lease can't be read, so that nothing was freed.</exception>
    public async ValueTask<SweptContent> SweepIfRequestedAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(PendingFile))
        {
            return SweptContent.Nothing;
        }
        using FileLock? held = await FileLock.TryAcquireAbandonedAsync(ContentLock, cancellationToken).ConfigureAwait(false);
        return held is null ? SweptContent.Nothing : await SweepAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until nobody adds content, and keeps everybody from it.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public ValueTask<FileLock> HoldAloneAsync(CancellationToken cancellationToken)
        => FileLock.AcquireAsync(ContentLock, FileLockMode.Exclusive, time, cancellationToken);

    /// <summary>The same, if it can be had at once; otherwise null.</summary>
    public FileLock? TryHoldAlone() => FileLock.TryAcquire(ContentLock);

    /// <summary>Sweeps. The caller holds the lock alone.</summary>
    public async ValueTask<SweptContent> SweepAsync(CancellationToken cancellationToken)
    {
        UnreferencedContent found = await FindUnreferencedAsync(cancellationToken).ConfigureAwait(false);
        long bytes = 0;
        foreach (Digest blob in found.Blobs)
        {
            bytes += content.GetSize(blob);
            content.Remove(blob);
        }
        foreach (Digest diffId in found.Layers)
        {
            bytes += layers.GetSize(diffId);
            await layers.RemoveAsync(diffId, cancellationToken).ConfigureAwait(false);
        }
        if (found.LeasedOnly)
        {
            File.WriteAllBytes(LeasedFile, []);
        }
        else
        {
            File.Delete(LeasedFile);
        }
        File.Delete(PendingFile);
        return new SweptContent(found.Layers, bytes);
    }

    /// <summary>What a sweep would free. The caller holds the lock alone.</summary>
    public async ValueTask<UnreferencedContent> FindUnreferencedAsync(CancellationToken cancellationToken)
    {
        (HashSet<Digest> blobs, HashSet<Digest> diffIds) = await MarkAsync(cancellationToken).ConfigureAwait(false);
        HashSet<Digest> leased = [.. LayerLease.ReadAll(root).SelectMany(lease => lease.Layers)];
        leased.ExceptWith(diffIds);
        return new UnreferencedContent(
            [.. content.List().Where(blob => !blobs.Contains(blob))],
            [.. layers.List().Where(diffId => !diffIds.Contains(diffId) && !leased.Contains(diffId))],
            leased.Count > 0);
    }

    private async ValueTask<(HashSet<Digest> Blobs, HashSet<Digest> DiffIds)> MarkAsync(CancellationToken cancellationToken)
    {
        var blobs = new HashSet<Digest>();
        var diffIds = new HashSet<Digest>();
        foreach (Digest cached in CachedLayers.ReadAll(root))
        {
            blobs.Add(cached);
            diffIds.Add(cached);
        }
        var pending = new Stack<Descriptor>(catalog.Read().Manifests);
        while (pending.TryPop(out Descriptor? descriptor))
        {
            if (!blobs.Add(descriptor.Digest) || !content.Contains(descriptor.Digest))
            {
                continue;
            }
            string what = $"{descriptor.MediaType} {descriptor.Digest}";
            if (MediaTypes.IsIndex(descriptor.MediaType))
            {
                byte[] json = await content.ReadDocumentAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
                ImageDocuments.ParseIndex(json, what).Manifests.ToList().ForEach(pending.Push);
            }
            else if (MediaTypes.IsManifest(descriptor.MediaType))
            {
                byte[] json = await content.ReadDocumentAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
                ImageManifest manifest = ImageDocuments.ParseManifest(json, what);
                pending.Push(manifest.Config);
                blobs.UnionWith(manifest.Layers.Select(layer => layer.Digest));
            }
            else if (MediaTypes.IsConfig(descriptor.MediaType))
            {
                byte[] json = await content.ReadDocumentAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
                diffIds.UnionWith(ImageDocuments.ParseConfiguration(json, what).RootFs.DiffIds);
            }
        }
        return (blobs, diffIds);
    }
}

/// <summary>What nothing refers to.</summary>
/// <param name="Blobs">Blobs that no manifest names.</param>
/// <param name="Layers">Diff ids of layers that no image and no container has.</param>
/// <param name="LeasedOnly">True: there are layers that only containers have.</param>
internal sealed record UnreferencedContent(IReadOnlyList<Digest> Blobs, IReadOnlyList<Digest> Layers, bool LeasedOnly);

/// <summary>What a sweep has freed.</summary>
/// <param name="Layers">Diff ids.</param>
/// <param name="Bytes">Bytes of blobs and of files of layers.</param>
internal sealed record SweptContent(IReadOnlyList<Digest> Layers, long Bytes)
{
    public static SweptContent Nothing { get; } = new([], 0);
}
