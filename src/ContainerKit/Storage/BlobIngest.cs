using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>
/// A blob that is being fetched: a file below ingest/ that grows, held by a lock, so that several engines fetch each blob once. What is there
/// when an attempt ends, however it ends, is where the next one goes on. It becomes a blob only after it was verified as a whole.
/// </summary>
internal sealed class BlobIngest : IDisposable
{
    private static readonly TimeSpan LongestUnused = TimeSpan.FromDays(7);

    private readonly DataRoot _root;
    private readonly Digest _digest;
    private readonly FileLock _lock;
    private readonly string _path;
    private SafeFileHandle? _file;

    private BlobIngest(DataRoot root, Digest digest, FileLock held)
    {
        _root = root;
        _digest = digest;
        _lock = held;
        _path = PathOf(root, $"{digest.Algorithm}-{digest.Hex}");
    }

    /// <summary>How many bytes are there.</summary>
    public long Length { get; private set; }

    /// <summary>Takes a blob on, waiting for whoever else is fetching it.</summary>
    /// <param name="root">The data root.</param>
    /// <param name="blob">The blob.</param>
    /// <param name="time">Paces the waiting.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async ValueTask<BlobIngest> OpenAsync(DataRoot root, Descriptor blob, TimeProvider time, CancellationToken cancellationToken)
    {
        string path = LockPathOf(root, $"{blob.Digest.Algorithm}-{blob.Digest.Hex}");
        FileLock held = await FileLock.AcquireAsync(path, FileLockMode.Exclusive, time, cancellationToken).ConfigureAwait(false);
        var ingest = new BlobIngest(root, blob.Digest, held);
        try
        {
            ingest.Length = File.Exists(ingest._path) ? new FileInfo(ingest._path).Length : 0;
            if (ingest.Length > blob.Size)
            {
                ingest.Discard();
            }
            return ingest;
        }
        catch
        {
            ingest.Dispose();
            throw;
        }
    }

    /// <summary>Opens what an earlier attempt has left; null where that is nothing.</summary>
    /// <returns>A stream that the caller owns.</returns>
    public FileStream? OpenHead()
        => Length == 0 ? null : new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> content)
    {
        _file ??= File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(_file, content, Length);
        Length += content.Length;
    }

    /// <summary>Makes it a blob. The caller has verified it.</summary>
    public void Publish()
    {
        _file ??= File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(_file);
        Directory.CreateDirectory(_root.BlobDirectory(_digest.Algorithm));
        AtomicFile.Publish(_path, _root.BlobPath(_digest), replace: true);
    }

    /// <summary>Throws away what is there, since it is wrong.</summary>
    public void Discard()
    {
        _file?.Dispose();
        _file = null;
        File.Delete(_path);
        Length = 0;
    }

    /// <summary>Removes what nobody has gone on with for a week.</summary>
    public static void RemoveOld(DataRoot root, TimeProvider time)
    {
        foreach (string path in Directory.EnumerateFiles(root.IngestDirectory))
        {
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(path) <= LongestUnused)
            {
                continue;
            }
            if (FileLock.TryAcquire(LockPathOf(root, Path.GetFileName(path))) is { } held)
            {
                using FileLock owned = held;
                File.Delete(path);
                owned.RemoveFile();
            }
        }
    }

    /// <summary>Lets go; what is there stays.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _lock.RemoveFile();
        _lock.Dispose();
    }

    private static string PathOf(DataRoot root, string name) => Path.Combine(root.IngestDirectory, name);

    private static string LockPathOf(DataRoot root, string name) => root.LockPath("blob-" + name);
}
