using ContainerKit.Linux.Io;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Verification;

/// <summary>
/// Checks images and their parts, and repairs them. It looks while others add and remove images, but not free any; it repairs alone, and
/// looks again at each thing before it removes it.
/// </summary>
/// <param name="root">The data root.</param>
/// <param name="catalog">The images.</param>
/// <param name="content">The blobs.</param>
/// <param name="layers">The layers.</param>
/// <param name="sweeper">Frees what is not referred to.</param>
internal sealed class StoreVerifier(DataRoot root, ImageCatalog catalog, ContentStore content, LayerStore layers, ImageSweeper sweeper)
{
    /// <summary>Checks, and repairs where that is wanted.</summary>
    /// <param name="options">What is done.</param>
    /// <param name="findLease">The diff ids of the layers that a container needs, from its own files; null when these don't say.</param>
    /// <param name="findings">What is found is added here.</param>
    /// <param name="cancellationToken">Stops; what is repaired stays so.</param>
    public async Task RunAsync(VerificationOptions options, Func<string, IReadOnlyList<Digest>?> findLease, Findings findings, CancellationToken cancellationToken)
    {
        var check = new StoreCheck(root, catalog, content, layers, findings);
        using (FileLock held = await sweeper.HoldAsync(cancellationToken).ConfigureAwait(false))
        {
            await check.RunAsync(options, cancellationToken).ConfigureAwait(false);
        }
        using (FileLock? alone = sweeper.TryHoldAlone())
        {
            // While others add content, much is not referred to yet.
            if (alone is not null && !sweeper.IsSweepRequested)
            {
                await FindUnreferencedAsync(findings, cancellationToken).ConfigureAwait(false);
            }
        }
        if (options.Repair && findings.All.Count > 0)
        {
            using FileLock alone = await sweeper.HoldAloneAsync(cancellationToken).ConfigureAwait(false);
            await RepairAsync(check, findLease, findings, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask FindUnreferencedAsync(Findings findings, CancellationToken cancellationToken)
    {
        UnreferencedContent found;
        try
        {
            found = await sweeper.FindUnreferencedAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ContainerKitException or FileNotFoundException)
        {
            return; // what is damaged was found before; what it refers to is not known
        }
        foreach (Digest blob in found.Blobs)
        {
            findings.Add(VerificationProblemKind.Unreferenced, root.BlobPath(blob), "No image has this blob.", blob.ToString());
        }
        foreach (Digest diffId in found.Layers)
        {
            findings.Add(VerificationProblemKind.Unreferenced, root.LayerPath(diffId), "No image and no container has this layer.", diffId.ToString());
        }
    }

    private async Task RepairAsync(StoreCheck check, Func<string, IReadOnlyList<Digest>?> findLease, Findings findings, CancellationToken cancellationToken)
    {
        await RemoveDamagedAsync(check, findings, cancellationToken).ConfigureAwait(false);
        foreach (Findings.Finding damaged in findings.Of(VerificationProblemKind.IndexDamaged))
        {
            IReadOnlyList<Descriptor> found = await FindManifestsAsync(cancellationToken).ConfigureAwait(false);
            await catalog.ReplaceAsync(found, cancellationToken).ConfigureAwait(false);
            damaged.Repair = $"made anew of the {found.Count} images that are there";
        }
        foreach (Descriptor entry in check.ReadEntries())
        {
            await RepairEntryAsync(check, entry, findings, cancellationToken).ConfigureAwait(false);
        }
        foreach (Findings.Finding damaged in findings.Of(VerificationProblemKind.LeaseDamaged))
        {
            if (!Directory.Exists(damaged.Path))
            {
                damaged.Repair = "the container is gone";
            }
            else if (findLease(damaged.Path) is { } needed)
            {
                new LayerLease(needed).WriteTo(root, damaged.Path, durable: true);
                damaged.Repair = "made anew of the container's configuration";
            }
        }
        if (findings.Of(VerificationProblemKind.LeaseDamaged).All(lease => lease.Repair is not null))
        {
            await sweeper.SweepAsync(cancellationToken).ConfigureAwait(false);
            foreach (Findings.Finding freed in findings.Of(VerificationProblemKind.Unreferenced))
            {
                freed.Repair = "removed";
            }
        }
    }

    private async ValueTask RemoveDamagedAsync(StoreCheck check, Findings findings, CancellationToken cancellationToken)
    {
        await layers.RemoveAbandonedAsync(cancellationToken).ConfigureAwait(false);
        foreach (Findings.Finding leftover in findings.Of(VerificationProblemKind.Leftover).Where(IsOurs))
        {
            if (File.Exists(leftover.Path))
            {
                File.Delete(leftover.Path);
            }
            else if (Directory.Exists(leftover.Path))
            {
                FileTreeRemover.Remove(leftover.Path, cancellationToken);
            }
            leftover.Repair = Path.Exists(leftover.Path) ? null : "removed";
        }
        foreach (Findings.Finding damaged in findings.Of(VerificationProblemKind.BlobDamaged))
        {
            Digest digest = Digest.Parse(damaged.Subject);
            if (!content.Contains(digest) || await check.IsIntactAsync(digest, cancellationToken).ConfigureAwait(false))
            {
                damaged.Repair = "removed or replaced meanwhile";
                continue;
            }
            content.Remove(digest);
            damaged.Repair = "removed";
        }
        foreach (Findings.Finding damaged in findings.Of(VerificationProblemKind.LayerDamaged))
        {
            await layers.RemoveAsync(Digest.Parse(damaged.Subject), cancellationToken).ConfigureAwait(false);
            damaged.Repair = "removed";
        }
    }

    /// <summary>What containers have left is not for images to remove.</summary>
    private bool IsOurs(Findings.Finding finding)
        => new[] { root.BlobsDirectory, root.LayersDirectory, root.TemporaryDirectory }.Any(directory => finding.Path.StartsWith(directory + "/", StringComparison.Ordinal));

    private async ValueTask RepairEntryAsync(StoreCheck check, Descriptor entry, Findings findings, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Digest DiffId, Descriptor Blob)>? notUnpacked = await check.CheckEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        foreach ((Digest diffId, Descriptor blob) in notUnpacked ?? [])
        {
            try
            {
                using FileStream stored = content.OpenRead(blob.Digest);
                await layers.UnpackAsync(stored, diffId, $"layer {blob.Digest}", cancellationToken).ConfigureAwait(false);
                findings.Add(VerificationProblemKind.LayerMissing, root.LayerPath(diffId), "", diffId.ToString()).Repair = "unpacked again";
            }
            catch (Exception e) when (e is ContentMismatchException or InvalidContentException or UnsupportedException)
            {
                findings.Add(VerificationProblemKind.ImageBroken, root.IndexFile, $"{entry.Digest}: {e.Message}", entry.Digest.ToString());
                notUnpacked = null;
                break;
            }
        }
        if (notUnpacked is null)
        {
            await catalog.RemoveAsync(new HashSet<Digest> { entry.Digest }, cancellationToken).ConfigureAwait(false);
            findings.Find(VerificationProblemKind.ImageBroken, entry.Digest.ToString())!.Repair = "the image was removed";
        }
    }

    /// <summary>Manifests of images of which everything is there.</summary>
    private async ValueTask<IReadOnlyList<Descriptor>> FindManifestsAsync(CancellationToken cancellationToken)
    {
        var found = new List<Descriptor>();
        foreach (Digest digest in content.List())
        {
            if (content.GetSize(digest) > OciLimits.MaxDocumentSize)
            {
                continue;
            }
            try
            {
                byte[] json = await content.ReadDocumentAsync(digest, cancellationToken).ConfigureAwait(false);
                ImageManifest manifest = ImageManifest.Parse(json);
                if (MediaTypes.IsConfig(manifest.Config.MediaType))
                {
                    found.Add(Descriptor.ForContent(manifest.MediaType, json));
                }
            }
            catch (Exception e) when (e is OciFormatException or ContainerKitException)
            {
                // Some other blob.
            }
        }
        return found;
    }
}
