using ContainerKit.Oci;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Manifests;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Uploads;
using Microsoft.Extensions.Logging;

namespace ContainerKit.RegistryServer.Collection;

/// <summary>
/// Removes what nothing refers to, while the registry is served, by any number of processes. Marking takes no lock. What was found is removed under the lock of
/// the store, some at a time, and only when its lease is over still: whatever makes something needed again renews the lease under the same lock.
/// </summary>
internal sealed partial class GarbageCollector(
    RegistryPaths paths, RepositoryList repositories, StoreLock storeLock, ManifestStore manifests, UploadStore uploads, OciRegistryCollectionOptions options,
    TimeProvider time, RegistryMetrics metrics, ILogger logger)
{
    /// <summary>So few that nobody who pushes waits for long.</summary>
    private const int BatchSize = 32;

    internal async Task<OciRegistryCollectionResult> CollectAsync(CancellationToken cancellationToken)
    {
        int idle = uploads.RemoveIdle();
        RemoveStaged();
        DateTimeOffset begun = await BeginAsync(cancellationToken).ConfigureAwait(false);
        int removedManifests = 0;
        foreach (string repository in RegistryDirectories())
        {
            try
            {
                if (options.RemoveUntagged)
                    removedManifests += await RemoveUntaggedAsync(repository, begun, cancellationToken).ConfigureAwait(false);
                RepositoryMarks marks = await RepositoryMarks.ReadAsync(paths, manifests, repository, cancellationToken).ConfigureAwait(false);
                string links = Path.Combine(paths.Repository(repository), RegistryPaths.BlobsPart);
                await RemoveExpiredAsync(
                    RegistryPaths.ReadDigests(links).Where(blob => !marks.Blobs.Contains(blob)).Select(blob => paths.BlobLink(repository, blob)), begun, cancellationToken).ConfigureAwait(false);
                await PruneDirectoriesAsync(repository, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is Routing.RegistryFault or IOException)
            {
                // A manifest that can't be read may need any blob.
                Skipped(logger, repository, e.Message);
            }
        }

        (int blobs, long bytes) = await RemoveContentAsync(cancellationToken).ConfigureAwait(false);
        metrics.Collections.Add();
        metrics.CollectedBytes.Add(bytes);
        Collected(logger, removedManifests, blobs, idle, bytes);
        return new OciRegistryCollectionResult(removedManifests, blobs, idle, bytes);
    }

    /// <summary>
    /// A moment at which nothing is being added: what was added before is seen by the marking, and what is added later has renewed its leases later.
    /// </summary>
    private async Task<DateTimeOffset> BeginAsync(CancellationToken cancellationToken)
    {
        using IDisposable alone = await storeLock.OwnAsync(cancellationToken).ConfigureAwait(false);
        return time.GetUtcNow();
    }

    /// <summary>Content that no repository has.</summary>
    private async Task<(int Count, long Bytes)> RemoveContentAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset begun = await BeginAsync(cancellationToken).ConfigureAwait(false);
        HashSet<Digest> live = [];
        foreach (string repository in RegistryDirectories())
        {
            live.UnionWith(RegistryPaths.ReadDigests(Path.Combine(paths.Repository(repository), RegistryPaths.BlobsPart)));
            live.UnionWith(RegistryPaths.ReadDigests(Path.Combine(paths.Repository(repository), RegistryPaths.ManifestsPart)));
        }

        return await RemoveExpiredAsync(Content().Where(digest => !live.Contains(digest)).Select(paths.Blob), begun, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<Digest> Content()
    {
        foreach (string algorithm in Directory.EnumerateDirectories(paths.Blobs))
        {
            foreach (string file in Directory.EnumerateFiles(algorithm, "*", SearchOption.AllDirectories))
            {
                if (Digest.TryParse($"{Path.GetFileName(algorithm)}:{Path.GetFileName(file)}", out Digest digest))
                    yield return digest;
            }
        }
    }

    /// <summary>Repositories, and those where blobs were pushed and no manifest yet.</summary>
    private IEnumerable<string> RegistryDirectories() => repositories.ReadAll();

    private async Task<int> RemoveUntaggedAsync(string repository, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        RepositoryMarks marks = await RepositoryMarks.ReadAsync(paths, manifests, repository, cancellationToken).ConfigureAwait(false);
        List<Digest> untagged = [.. marks.FindUntagged().Where(digest => IsExpired(paths.Manifest(repository, digest), begun))];
        int removed = 0;
        foreach (Digest digest in untagged)
        {
            using IDisposable alone = await storeLock.OwnAsync(cancellationToken).ConfigureAwait(false);
            if (IsExpired(paths.Manifest(repository, digest), begun) && await manifests.RemoveUntaggedAsync(repository, digest).ConfigureAwait(false))
                removed++;
        }

        return removed;
    }

    private async Task<(int Count, long Bytes)> RemoveExpiredAsync(IEnumerable<string> files, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        int count = 0;
        long bytes = 0;
        foreach (string[] batch in files.Where(path => IsExpired(path, begun)).Chunk(BatchSize))
        {
            using IDisposable alone = await storeLock.OwnAsync(cancellationToken).ConfigureAwait(false);
            foreach (string path in batch)
            {
                var file = new FileInfo(path);
                if (!file.Exists || !IsExpired(path, begun))
                    continue;
                bytes += file.Length;
                count++;
                file.Delete();
            }
        }

        return (count, bytes);
    }

    /// <summary>Its lease is over, and nobody has asked for it since the marking began: what became needed afterwards is newer than that, however short leases are.</summary>
    private bool IsExpired(string path, DateTimeOffset begun)
    {
        var used = new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
        return used < begun && time.GetUtcNow() - used > options.Lease;
    }

    /// <summary>Files that a process has left that was killed.</summary>
    private void RemoveStaged()
    {
        foreach (string path in Directory.EnumerateFiles(paths.Staging))
        {
            if (IsExpired(path, time.GetUtcNow() - TimeSpan.FromHours(1)))
                File.Delete(path);
        }
    }

    /// <summary>A repository that has nothing any more is none.</summary>
    private async Task PruneDirectoriesAsync(string repository, CancellationToken cancellationToken)
    {
        string directory = paths.Repository(repository);
        if (!StoredDirectory.HasNoFile(directory))
            return;
        using IDisposable alone = await storeLock.OwnAsync(cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(directory) && StoredDirectory.HasNoFile(directory))
        {
            foreach (string part in Directory.EnumerateDirectories(directory, "_*"))
                RemoveEmpty(part);
            for (string? empty = directory; empty != paths.Repositories && !Directory.EnumerateFileSystemEntries(empty!).Any(); empty = Path.GetDirectoryName(empty))
                Directory.Delete(empty!);
        }

        static void RemoveEmpty(string directory)
        {
            foreach (string below in Directory.EnumerateDirectories(directory))
                RemoveEmpty(below);
            Directory.Delete(directory);
        }
    }

    [LoggerMessage(30, LogLevel.Information, "Collected {Manifests} manifests, {Blobs} blobs and {Uploads} uploads of {Bytes} bytes")]
    private static partial void Collected(ILogger logger, int manifests, int blobs, int uploads, long bytes);

    [LoggerMessage(31, LogLevel.Warning, "Nothing of {Repository} was collected: {Reason}")]
    private static partial void Skipped(ILogger logger, string repository, string reason);
}
