using System.Collections.Concurrent;
using System.Security.Cryptography;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Uploads;

/// <summary>Uploads that are not finished: a file each, which lives until it is content, cancelled, or idle for too long.</summary>
internal sealed class UploadStore(RegistryPaths paths, OciRegistryLimits limits, TimeProvider time) : IDisposable
{
    private const int IdSize = 16;
    private const int MaxKeptHashes = 256;

    private readonly ConcurrentDictionary<string, DigestHasher> _hashes = new(StringComparer.Ordinal);

    /// <summary>How many there are, of all processes.</summary>
    internal int Count => Directory.EnumerateFiles(paths.Uploads).Count();

    /// <summary>Begins an upload. Its id is a secret: who knows it can go on with it.</summary>
    internal UploadSession Create(string repository)
    {
        if (Count >= limits.MaxUploads)
            throw RegistryFault.TooMany($"{limits.MaxUploads} uploads are unfinished, which is the most that is allowed");
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdSize));
        string path = paths.Upload(repository, id);
        return new UploadSession(this, id, repository, path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
    }

    /// <summary>Opens an upload for this request alone.</summary>
    /// <exception cref="RegistryFault">There is none, or another request is at it.</exception>
    internal UploadSession Open(string repository, string id)
    {
        if (!IsId(id))
            throw RegistryFault.UploadUnknown();
        string path = paths.Upload(repository, id);
        try
        {
            return new UploadSession(this, id, repository, path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        }
        catch (FileNotFoundException)
        {
            throw RegistryFault.UploadUnknown();
        }
        catch (IOException e) when (StorageFault.IsLocked(e))
        {
            throw RegistryFault.UploadInvalid("another request is at this upload", Microsoft.AspNetCore.Http.StatusCodes.Status409Conflict);
        }
    }

    /// <summary>How many bytes of an upload have come, also while another request is at it.</summary>
    internal long GetLength(string repository, string id)
        => IsId(id) && new FileInfo(paths.Upload(repository, id)) is { Exists: true } file ? file.Length : throw RegistryFault.UploadUnknown();

    internal static void Remove(UploadSession session)
    {
        File.Delete(session.Path);
        session.Leave();
    }

    /// <summary>Removes what nobody goes on with. An upload that a request is at, in any process, is locked and stays.</summary>
    /// <returns>How many were removed.</returns>
    internal int RemoveIdle()
    {
        int removed = 0;
        DateTime oldest = (time.GetUtcNow() - limits.UploadIdleTime).UtcDateTime;
        foreach (string path in Directory.EnumerateFiles(paths.Uploads))
        {
            if (File.GetLastWriteTimeUtc(path) >= oldest)
                continue;
            try
            {
                using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(path);
                if (Take(Path.GetFileName(path).Split('-')[0]) is { } hash)
                    hash.Dispose();
                removed++;
            }
            catch (FileNotFoundException)
            {
                // Finished meanwhile.
            }
            catch (IOException e) when (StorageFault.IsLocked(e))
            {
                // In use, however slowly.
            }
        }

        return removed;
    }

    /// <summary>Keeps the hash for the next request; false where there are enough.</summary>
    internal bool Keep(string id, DigestHasher hasher) => _hashes.Count < MaxKeptHashes && _hashes.TryAdd(id, hasher);

    internal DigestHasher? Take(string id) => _hashes.TryRemove(id, out DigestHasher? hasher) ? hasher : null;

    public void Dispose()
    {
        foreach (DigestHasher hasher in _hashes.Values)
            hasher.Dispose();
    }

    private static bool IsId(string id) => id.Length == 2 * IdSize && id.All(char.IsAsciiHexDigitLower);
}
