using System.Security.Cryptography;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Storage;

/// <summary>
/// A place for what is not finished: a directory below tmp/ and a name for a layer below layers/, held by a lock on tmp/&lt;id&gt;.lock. When
/// its process dies the lock ends, and the next engine that opens the data root removes it.
/// </summary>
/// <remarks>
/// A layer is unpacked beside its final place, not in tmp/: renaming a directory into another one needs the right to write to it, which the
/// owner of a layer whose root has mode 0555 does not have.
/// </remarks>
internal sealed class StagingArea : IAsyncDisposable, IDisposable
{
    private const string LockSuffix = ".lock";
    private const int IdBytes = 8;

    private readonly FileLock _lock;
    private readonly IFileOwnership _ownership;

    private StagingArea(DataRoot root, string id, FileLock owner, IFileOwnership ownership)
    {
        Path = PathOf(root, id);
        LayerPath = LayerPathOf(root, id);
        _lock = owner;
        _ownership = ownership;
    }

    /// <summary>A directory for files; exists.</summary>
    public string Path { get; }

    /// <summary>A path for a layer's directory on the file system of the layers; does not exist yet.</summary>
    public string LayerPath { get; }

    /// <summary>Makes a staging area.</summary>
    public static StagingArea Create(DataRoot root, IFileOwnership ownership)
    {
        while (true)
        {
            string id = RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);
            // The lock comes first: a directory without one is rubbish.
            if (FileLock.TryAcquire(LockPath(root, id)) is { } owner)
            {
                var area = new StagingArea(root, id, owner, ownership);
                Directory.CreateDirectory(area.Path);
                return area;
            }
        }
    }

    /// <summary>Removes what dead processes have left.</summary>
    public static async ValueTask RemoveAbandonedAsync(DataRoot root, IFileOwnership ownership, CancellationToken cancellationToken)
    {
        foreach (string id in FindIds(root))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await FileLock.TryAcquireAbandonedAsync(LockPath(root, id), cancellationToken).ConfigureAwait(false) is { } owner)
            {
                await new StagingArea(root, id, owner, ownership).DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>What dead processes have left.</summary>
    public static IReadOnlyList<string> FindAbandoned(DataRoot root)
    {
        var found = new List<string>();
        foreach (string id in FindIds(root))
        {
            if (FileLock.TryAcquire(LockPath(root, id)) is { } taken)
            {
                using FileLock owner = taken;
                found.AddRange(new[] { PathOf(root, id), LayerPathOf(root, id) }.Where(System.IO.Path.Exists));
                owner.RemoveFile();
            }
        }
        return found;
    }

    private static List<string> FindIds(DataRoot root)
    {
        IEnumerable<string> staged = Directory.EnumerateFileSystemEntries(root.TemporaryDirectory).Select(System.IO.Path.GetFileName).OfType<string>()
            .Select(name => name.EndsWith(LockSuffix, StringComparison.Ordinal) ? name[..^LockSuffix.Length] : name);
        IEnumerable<string> layers = Directory.EnumerateFileSystemEntries(root.LayersDirectory, ".*").Select(System.IO.Path.GetFileName).OfType<string>()
            .Select(name => name[1..]);
        return [.. staged.Concat(layers).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Removes what is left in an area that was used for files only, without a layer.</summary>
    public void Dispose()
    {
        using (_lock)
        {
            FileTreeRemoval removal = FileTreeRemover.Remove(Path);
            if (!removal.IsComplete)
            {
                throw removal.Failures[0];
            }
            _lock.RemoveFile();
        }
    }

    /// <summary>Removes what is left in the area.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await OwnedTreeRemover.RemoveAsync(LayerPath, _ownership, CancellationToken.None).ConfigureAwait(false);
            await OwnedTreeRemover.RemoveAsync(Path, _ownership, CancellationToken.None).ConfigureAwait(false);
            _lock.RemoveFile();
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static string PathOf(DataRoot root, string id) => System.IO.Path.Combine(root.TemporaryDirectory, id);

    private static string LayerPathOf(DataRoot root, string id) => System.IO.Path.Combine(root.LayersDirectory, "." + id);

    private static string LockPath(DataRoot root, string id) => System.IO.Path.Combine(root.TemporaryDirectory, id + LockSuffix);
}
