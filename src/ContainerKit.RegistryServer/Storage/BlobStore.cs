using ContainerKit.Oci;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Storage;

/// <summary>Content by digest, and which repository has which. What is in it was verified and is on the disk.</summary>
internal sealed class BlobStore(RegistryPaths paths, TimeProvider time, TimeSpan lease)
{
    /// <summary>How big the blob of a repository is; null where the repository does not have it.</summary>
    internal long? FindSize(string repository, Digest digest)
        => File.Exists(paths.BlobLink(repository, digest)) && new FileInfo(paths.Blob(digest)) is { Exists: true } file ? file.Length : null;

    internal bool HasContent(Digest digest) => File.Exists(paths.Blob(digest));

    /// <summary>Opens the blob of a repository; null where the repository does not have it. It can be read also after it was removed.</summary>
    internal SafeFileHandle? Open(string repository, Digest digest) => File.Exists(paths.BlobLink(repository, digest)) ? OpenContent(digest) : null;

    internal SafeFileHandle? OpenContent(Digest digest)
    {
        try
        {
            return File.OpenHandle(paths.Blob(digest), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Takes a file that was written and synchronised as the content of a digest, unless it is there already, and gives it to the repository. The caller
    /// holds the lock of the store.
    /// </summary>
    internal void Adopt(string file, string repository, Digest digest)
    {
        string path = paths.Blob(digest);
        if (File.Exists(path))
        {
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            File.Delete(file);
        }
        else
        {
            // The time of an upload that took long is that of its last byte.
            File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
            StagedFile.Place(file, path);
        }

        StagedFile.Mark(paths.BlobLink(repository, digest), time.GetUtcNow());
    }

    /// <summary>Gives a blob that is there to a repository, for the time of a lease at least. The caller holds the lock of the store.</summary>
    internal void Link(string repository, Digest digest)
    {
        // A collection that has looked at this repository already must not take it for content that nobody has.
        File.SetLastWriteTimeUtc(paths.Blob(digest), time.GetUtcNow().UtcDateTime);
        StagedFile.Mark(paths.BlobLink(repository, digest), time.GetUtcNow());
    }

    /// <summary>
    /// Whoever was told that a blob is there gets the time to push a manifest that needs it. Not for each question: a lease that has most of its time to run is
    /// left as it is. The caller holds the lock of the store, or can do without a promise.
    /// </summary>
    internal void Renew(string repository, Digest digest)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        string link = paths.BlobLink(repository, digest);
        try
        {
            if (now - File.GetLastWriteTimeUtc(link) > lease / 8)
                File.SetLastWriteTimeUtc(link, now);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Removed meanwhile: the manifest will be refused.
        }
    }

    /// <summary>Takes the blob away from the repository; the content stays until it is collected.</summary>
    /// <returns>False where the repository did not have it.</returns>
    internal bool Unlink(string repository, Digest digest)
    {
        string link = paths.BlobLink(repository, digest);
        if (!File.Exists(link))
            return false;
        File.Delete(link);
        return true;
    }

    /// <summary>The blobs of a repository with their sizes, for quotas.</summary>
    internal long Measure(string repository)
    {
        long total = 0;
        foreach (Digest digest in RegistryPaths.ReadDigests(Path.Combine(paths.Repository(repository), RegistryPaths.BlobsPart)))
        {
            var file = new FileInfo(paths.Blob(digest));
            if (file.Exists)
                total += file.Length;
        }

        return total;
    }
}
