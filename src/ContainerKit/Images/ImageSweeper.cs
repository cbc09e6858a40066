using ContainerKit.Linux.Paths;
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

    /// <summary>Keeps everything from being freed, for whoever adds content. What is not referred to at the end will be swept.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public async ValueTask<FileLock> HoldForAddingAsync(CancellationToken cancellationToken)
    {
        FileLock held = await HoldAsync(cancellationToken).ConfigureAwait(false);
        RequestSweep();
        return held;
    }

    /// <summary>Keeps everything from being freed.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public ValueTask<FileLock> HoldAsync(CancellationToken cancellationToken)
        => WaitingLock.AcquireAsync(ContentLock, shared: true, time, cancellationToken);

    /// <summary>Notes that there may be something to sweep.</summary>
    public void RequestSweep() => File.WriteAllBytes(PendingFile, []);

    /// <summary>Sweeps where that was asked for, unless somebody is adding content: then it is left to them.</summary>
    /// <exception cref="InvalidContentException">A manifest or lease can't be read, so that nothing was freed.</exception>
    public async ValueTask SweepIfRequestedAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(PendingFile))
        {
            return;
        }
        using FileLock? held = FileLock.TryAcquire(ContentLock);
        if (held is null)
        {
            return;
        }
        (HashSet<Digest> blobs, HashSet<Digest> diffIds) = await MarkAsync(cancellationToken).ConfigureAwait(false);
        foreach (Digest blob in content.List().Where(blob => !blobs.Contains(blob)).ToList())
        {
            content.Remove(blob);
        }
        foreach (Digest diffId in layers.List().Where(diffId => !diffIds.Contains(diffId)).ToList())
        {
            await layers.RemoveAsync(diffId, cancellationToken).ConfigureAwait(false);
        }
        File.Delete(PendingFile);
    }

    private async ValueTask<(HashSet<Digest> Blobs, HashSet<Digest> DiffIds)> MarkAsync(CancellationToken cancellationToken)
    {
        var blobs = new HashSet<Digest>();
        var diffIds = LayerLease.ReadAll(root).SelectMany(lease => lease.Layers).ToHashSet();
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
