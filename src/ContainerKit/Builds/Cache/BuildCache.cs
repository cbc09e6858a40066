using System.Globalization;
using System.Text.Json;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Builds.Cache;

/// <summary>
/// What the steps of builds have made, by their keys: build-cache/ in the data root. Several processes may use it: a record is there whole or
/// not at all, and one that is damaged is none. The layers that records name are kept by the sweep as long as the record is there.
/// </summary>
internal sealed class BuildCache(DataRoot root, LayerStore layers, ContentStore content, TimeProvider time)
{
    private const string Suffix = ".json";

    /// <summary>How old the mark of the last use has to be before it is renewed: it only orders what is pruned.</summary>
    private static readonly TimeSpan UseGranularity = TimeSpan.FromMinutes(1);

    private string StepsDirectory { get; } = CachedLayers.StepsDirectory(root);

    /// <summary>Where cache mounts are.</summary>
    public string MountsDirectory { get; } = Path.Combine(CachedLayers.Directory(root), "mounts");

    /// <summary>Where files are that were downloaded, by their keys.</summary>
    public string DownloadsDirectory { get; } = Path.Combine(CachedLayers.Directory(root), "downloads");

    /// <summary>Where the hashes of files are.</summary>
    public string HashesFile { get; } = Path.Combine(CachedLayers.Directory(root), "hashes");

    /// <summary>What a step made; null where that is not known, or its layer is not there any more.</summary>
    public CachedStep? Find(string key)
    {
        string path = PathOf(key);
        if (CachedLayers.Read(path) is not { } document || Resolve(document) is not { } step)
        {
            return null;
        }
        Touch(path);
        return step;
    }

    /// <summary>What a record says; null where its layer is not there, or not what the record says.</summary>
    public CachedStep? Resolve(CachedStepDocument document)
    {
        Digest? layer = null;
        if (document.Layer is not null)
        {
            if (!Digest.TryParse(document.Layer, out Digest parsed) || !layers.Contains(parsed) || !content.Contains(parsed))
            {
                return null;
            }
            layer = parsed;
        }
        return new CachedStep(layer, document.Size, document.BlobSize, document.Created, document.Text, document.Value);
    }

    /// <summary>True: the blob of a step that came from elsewhere has the size that was said.</summary>
    public bool HasBlob(CachedStep step)
    {
        if (step.Layer is not { } layer)
        {
            return true;
        }
        using FileStream blob = content.OpenRead(layer);
        return blob.Length == step.BlobSize;
    }

    /// <summary>Remembers what a step made. The caller holds the content.</summary>
    public void Store(string key, CachedStep step)
    {
        Directory.CreateDirectory(StepsDirectory);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            step.ToDocument(), StorageJsonContext.Default.CachedStepDocument);

        // Losing it to a crash of the machine costs time, flushing it would cost it always.
        AtomicFile.Write(root, PathOf(key), json, flush: false);
    }

    /// <summary>All records, with their keys and last uses.</summary>
    public IEnumerable<(string Key, CachedStepDocument Step, DateTimeOffset LastUsed)> List()
    {
        if (!Directory.Exists(StepsDirectory))
        {
            yield break;
        }
        foreach (string path in Directory.EnumerateFiles(StepsDirectory, "*" + Suffix))
        {
            if (CachedLayers.Read(path) is { } document)
            {
                yield return (Path.GetFileNameWithoutExtension(path), document, File.GetLastWriteTimeUtc(path));
            }
        }
    }

    /// <summary>Forgets a step; its layer goes with the next sweep unless something else needs it.</summary>
    /// <returns>Bytes of a file that was downloaded for it.</returns>
    public long Remove(string key)
    {
        File.Delete(PathOf(key));
        var download = new FileInfo(Path.Combine(DownloadsDirectory, key));
        long bytes = download.Exists ? download.Length : 0;
        if (download.Exists)
        {
            download.Delete();
        }
        return bytes;
    }

    /// <summary>The cache mounts that exist: their directories.</summary>
    public IReadOnlyList<string> ListMounts() => Directory.Exists(MountsDirectory) ? [.. Directory.EnumerateDirectories(MountsDirectory)] : [];

    /// <summary>Takes a cache mount that nobody uses, so that nobody does while the result lives; null when one is in use.</summary>
    public static FileLock? TryLockMount(string directory) => FileLock.TryAcquire(directory + ".lock");

    private string PathOf(string key) => Path.Combine(StepsDirectory, key + Suffix);

    private void Touch(string path)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        try
        {
            if (now - File.GetLastWriteTimeUtc(path) > UseGranularity)
            {
                File.SetLastWriteTimeUtc(path, now);
            }
        }
        catch (FileNotFoundException)
        {
            // Pruned in this moment: the layer is held by the build.
        }
    }

    /// <summary>A number of seconds as it is part of a record.</summary>
    internal static string Format(long seconds) => seconds.ToString(CultureInfo.InvariantCulture);
}
