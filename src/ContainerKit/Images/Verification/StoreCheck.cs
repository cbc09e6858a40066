using System.Buffers;
using System.Runtime.CompilerServices;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Verification;

/// <summary>Looks at everything that images consist of. The caller keeps it from being freed meanwhile.</summary>
/// <param name="root">The data root.</param>
/// <param name="catalog">The images.</param>
/// <param name="content">The blobs.</param>
/// <param name="layers">The layers.</param>
/// <param name="findings">What is found.</param>
internal sealed class StoreCheck(DataRoot root, ImageCatalog catalog, ContentStore content, LayerStore layers, Findings findings)
{
    private const int BufferSize = 256 * 1024;

    private readonly Dictionary<Digest, Descriptor> _unpacked = [];

    /// <summary>Checks blobs, images, layers and leases.</summary>
    public async Task RunAsync(VerificationOptions options, CancellationToken cancellationToken)
    {
        await CheckBlobsAsync(options, cancellationToken).ConfigureAwait(false);
        CheckLayers();
        foreach (Descriptor entry in ReadEntries())
        {
            findings.Images++;
            await CheckEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        if (options.CompareLayers)
        {
            await CompareLayersAsync(cancellationToken).ConfigureAwait(false);
        }
        CheckLeases();
        CheckStaging();
    }

    /// <summary>The entries of the catalog, each manifest once; none when it is damaged.</summary>
    public IReadOnlyList<Descriptor> ReadEntries()
    {
        try
        {
            return [.. catalog.Read().Manifests.DistinctBy(entry => entry.Digest)];
        }
        catch (Exception e) when (e is InvalidContentException or FileNotFoundException)
        {
            findings.Add(VerificationProblemKind.IndexDamaged, root.IndexFile, e.Message);
            return [];
        }
    }

    /// <summary>Follows an entry and notes what is wrong.</summary>
    /// <returns>Its layers that are there as blobs only; null for an entry that can't be kept.</returns>
    public async ValueTask<IReadOnlyList<(Digest DiffId, Descriptor Blob)>?> CheckEntryAsync(Descriptor entry, CancellationToken cancellationToken)
    {
        string name = ImageCatalog.NameOf(entry)?.FamiliarString ?? entry.Digest.ToString();
        var walk = new ImageWalk(content, layers, blob => content.Contains(blob) && findings.Find(VerificationProblemKind.BlobDamaged, blob.ToString()) is { Repair: null });
        await walk.FollowAsync(entry, cancellationToken).ConfigureAwait(false);
        if (walk.Faults.Count > 0)
        {
            findings.Add(VerificationProblemKind.ImageBroken, root.IndexFile, $"{name}: {string.Join("; ", walk.Faults)}.", entry.Digest.ToString());
            return null;
        }
        foreach ((Digest diffId, _) in walk.NotUnpacked)
        {
            findings.Add(VerificationProblemKind.LayerMissing, root.LayerPath(diffId), $"The layer {diffId} of {name} is not unpacked.", diffId.ToString());
        }
        foreach ((Digest diffId, Descriptor blob) in walk.Unpacked)
        {
            _unpacked[diffId] = blob;
        }
        return walk.NotUnpacked;
    }

    /// <summary>Whether a blob has its digest.</summary>
    public async ValueTask<bool> IsIntactAsync(Digest digest, CancellationToken cancellationToken)
    {
        FileStream file = content.OpenRead(digest);
        await using ConfiguredAsyncDisposable _ = file.ConfigureAwait(false);
        using var hasher = new DigestHasher(digest.Algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
            {
                hasher.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        findings.BytesRead += hasher.Length;
        return hasher.GetCurrentDigest() == digest;
    }

    private async ValueTask CheckBlobsAsync(VerificationOptions options, CancellationToken cancellationToken)
    {
        foreach (string file in Directory.EnumerateFiles(root.BlobsDirectory, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(root.BlobsDirectory, file);
            if (!Digest.TryParse(name.Replace('/', ':'), out Digest digest))
            {
                findings.Add(VerificationProblemKind.Leftover, file, "The file's name is no digest.");
                continue;
            }
            findings.Blobs++;
            if (!options.SkipContent && !await IsIntactAsync(digest, cancellationToken).ConfigureAwait(false))
            {
                findings.Add(VerificationProblemKind.BlobDamaged, file, $"The content of the blob does not have the digest {digest}.", digest.ToString());
            }
        }
    }

    private void CheckLayers()
    {
        foreach (Digest diffId in layers.List())
        {
            findings.Layers++;
            try
            {
                if (layers.Contains(diffId) && layers.GetInfo(diffId).DiffId != diffId)
                {
                    NoteDamaged(diffId, $"It is recorded as {layers.GetInfo(diffId).DiffId}.");
                }
            }
            catch (NotFoundException)
            {
                NoteDamaged(diffId, "It is not recorded that it was unpacked completely.");
            }
            catch (InvalidContentException e)
            {
                NoteDamaged(diffId, e.Message);
            }
        }
    }

    /// <summary>Compares the layers of whole images with their blobs.</summary>
    private async ValueTask CompareLayersAsync(CancellationToken cancellationToken)
    {
        foreach ((Digest diffId, Descriptor blob) in _unpacked)
        {
            using FileStream archive = content.OpenRead(blob.Digest);
            try
            {
                if (!await layers.MatchesAsync(archive, diffId, $"layer {blob.Digest}", cancellationToken).ConfigureAwait(false))
                {
                    NoteDamaged(diffId, "Its files are not those of its archive.");
                }
            }
            catch (Exception e) when (e is ContentMismatchException or InvalidContentException or UnsupportedException)
            {
                NoteDamaged(diffId, $"It can't be compared with its archive: {e.Message}");
            }
        }
    }

    private void NoteDamaged(Digest diffId, string why)
    {
        // Removed in this moment, by the repair of another process.
        if (layers.Contains(diffId))
        {
            findings.Add(VerificationProblemKind.LayerDamaged, root.LayerPath(diffId), $"The layer {diffId}: {why}", diffId.ToString());
        }
    }

    private void CheckLeases()
    {
        foreach (string container in Directory.EnumerateDirectories(root.ContainersDirectory))
        {
            try
            {
                foreach (Digest diffId in LayerLease.ReadFrom(container)?.Layers.Where(layer => !layers.Contains(layer)) ?? [])
                {
                    findings.Add(
                        VerificationProblemKind.LayerMissing, root.LayerPath(diffId), $"The layer {diffId} of the container {Path.GetFileName(container)} is not unpacked.", diffId.ToString());
                }
            }
            catch (InvalidContentException e)
            {
                findings.Add(VerificationProblemKind.LeaseDamaged, container, e.Message);
            }
        }
    }

    private void CheckStaging()
    {
        foreach (string path in StagingArea.FindAbandoned(root))
        {
            findings.Add(VerificationProblemKind.Leftover, path, "It was half done when its process ended.");
        }
        HashSet<string> known = [.. layers.List().Select(diffId => diffId.Hex)];
        foreach (string path in Directory.EnumerateFileSystemEntries(root.LayersDirectory))
        {
            string name = Path.GetFileName(path);
            if (name[0] != '.' && !known.Contains(name.Split('.')[0]))
            {
                findings.Add(VerificationProblemKind.Leftover, path, "Its name is no diff id.");
            }
        }
    }
}
