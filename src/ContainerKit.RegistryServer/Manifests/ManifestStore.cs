using System.Text;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Referrers;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Tags;

namespace ContainerKit.RegistryServer.Manifests;

/// <summary>
/// The manifests of repositories. A tag is written when everything that it leads to is there and on the disk, and removed before any of it is; so whenever
/// this process ends, no tag leads to what is missing.
/// </summary>
internal sealed class ManifestStore(RegistryPaths paths, StoreLock storeLock, DiskThreads disk, StagedFile staged, BlobStore blobs, TagStore tags, ReferrerStore referrers, TimeProvider time)
{
    internal bool Contains(string repository, Digest digest) => File.Exists(paths.Manifest(repository, digest));

    /// <summary>The manifest of a digest; null where the repository does not have it.</summary>
    internal async Task<StoredManifest?> FindAsync(string repository, Digest digest, CancellationToken cancellationToken)
    {
        if (StagedFile.Read(paths.Manifest(repository, digest)) is not { } hint || !File.Exists(paths.Blob(digest)))
            return null;
        byte[] content = await File.ReadAllBytesAsync(paths.Blob(digest), cancellationToken).ConfigureAwait(false);

        // The hint was not synchronised, so it may be empty after a power failure; then the content says what it is.
        string mediaType = Encoding.ASCII.GetString(hint);
        return new StoredManifest(digest, ManifestDocument.IsSupported(mediaType) ? mediaType : ManifestDocument.Parse(content, null).MediaType, content);
    }

    /// <summary>The manifest of a tag; null where there is none.</summary>
    internal async Task<StoredManifest?> FindAsync(string repository, string tag, CancellationToken cancellationToken)
        => tags.Find(repository, tag) is { } digest ? await FindAsync(repository, digest, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Stores a manifest.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="tag">The tag that it gets; null for none.</param>
    /// <param name="digest">The digest of the content.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="document">What is in them.</param>
    /// <param name="isComplete">False: what it refers to need not be there, since it is fetched when it is asked for.</param>
    /// <param name="cancellationToken">Stops, as long as nothing was written.</param>
    /// <exception cref="RegistryFault">Something that it refers to is missing.</exception>
    internal async Task PutAsync(
        string repository, string? tag, Digest digest, ReadOnlyMemory<byte> content, ManifestDocument document, bool isComplete, CancellationToken cancellationToken)
    {
        using IDisposable shared = await storeLock.ShareAsync(cancellationToken).ConfigureAwait(false);
        if (isComplete)
            CheckReferences(repository, document);
        await disk.RunAsync(() => Write(repository, tag, digest, content, document), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a manifest with its tags, and from the referrers of its subject.</summary>
    /// <returns>False where the repository does not have it.</returns>
    internal async Task<bool> DeleteAsync(string repository, Digest digest, CancellationToken cancellationToken)
    {
        using IDisposable alone = await storeLock.OwnAsync(cancellationToken).ConfigureAwait(false);
        return await RemoveAsync(repository, digest).ConfigureAwait(false);
    }

    /// <summary>Removes a manifest unless it has got a tag meanwhile. The caller holds the lock of the store alone.</summary>
    internal async Task<bool> RemoveUntaggedAsync(string repository, Digest digest)
        => !ReadTagged(repository).Contains(digest) && await RemoveAsync(repository, digest).ConfigureAwait(false);

    /// <summary>The digests that tags lead to.</summary>
    internal IEnumerable<Digest> ReadTagged(string repository) => tags.Read(repository).Select(tag => tags.Find(repository, tag)).OfType<Digest>();

    private async Task<bool> RemoveAsync(string repository, Digest digest)
    {
        if (await FindAsync(repository, digest, CancellationToken.None).ConfigureAwait(false) is not { } manifest)
            return false;
        tags.RemoveAll(repository, digest);
        File.Delete(paths.Manifest(repository, digest));
        if (ManifestDocument.Parse(manifest.Content, null).Subject is { } subject)
            referrers.Remove(repository, subject, digest);
        return true;
    }

    /// <summary>Removes a tag; its manifest stays.</summary>
    internal async Task<bool> DeleteTagAsync(string repository, string tag, CancellationToken cancellationToken)
    {
        using IDisposable alone = await storeLock.OwnAsync(cancellationToken).ConfigureAwait(false);
        return tags.Remove(repository, tag);
    }

    /// <summary>A subject need not be there ("Pushing Manifests with Subject"), everything else must, with the size that is said.</summary>
    private void CheckReferences(string repository, ManifestDocument document)
    {
        List<Digest> missing = [];
        foreach (Descriptor blob in document.Blobs)
        {
            if (blobs.FindSize(repository, blob.Digest) is not { } size)
                missing.Add(blob.Digest);
            else if (size != blob.Size)
                throw RegistryFault.ManifestInvalid($"{blob.Digest} has {size} bytes, the manifest says {blob.Size}");
            else
                blobs.Renew(repository, blob.Digest);
        }

        foreach (Descriptor manifest in document.Manifests)
        {
            if (!Contains(repository, manifest.Digest) || !blobs.HasContent(manifest.Digest))
                missing.Add(manifest.Digest);
            else
                StagedFile.Touch(paths.Manifest(repository, manifest.Digest), time.GetUtcNow());
        }

        if (missing.Count > 0)
            throw RegistryFault.ManifestBlobUnknown(missing);
    }

    private void Write(string repository, string? tag, Digest digest, ReadOnlyMemory<byte> content, ManifestDocument document)
    {
        if (!blobs.HasContent(digest))
            staged.Write(paths.Blob(digest), content.Span);
        else
            File.SetLastWriteTimeUtc(paths.Blob(digest), time.GetUtcNow().UtcDateTime);
        if (document.Subject is { } subject)
            referrers.Add(repository, subject, ToDescriptor(digest, content, document));
        StagedFile.Mark(paths.Manifest(repository, digest), time.GetUtcNow(), Encoding.ASCII.GetBytes(document.MediaType));
        if (tag is not null)
            tags.Set(repository, tag, digest);
    }

    private static Descriptor ToDescriptor(Digest digest, ReadOnlyMemory<byte> content, ManifestDocument document) => new()
    {
        MediaType = document.MediaType,
        Digest = digest,
        Size = content.Length,
        ArtifactType = document.ArtifactType,
        Annotations = document.Annotations,
    };
}
