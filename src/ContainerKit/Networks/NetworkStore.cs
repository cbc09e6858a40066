using System.Text.Json;
using ContainerKit.Linux.Io;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Networks;

/// <summary>The networks of a data root: <c>networks/ID.json</c>, and the addresses in use in <c>networks/ID/</c>. Several engine processes share them.</summary>
/// <remarks>
/// Who takes addresses holds the lock shared; who makes or removes networks and their interfaces holds it exclusively.
/// </remarks>
internal sealed class NetworkStore(string dataRoot, TimeProvider time)
{
    private const string Extension = ".json";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _directory = Path.Combine(dataRoot, "networks");

    internal TimeProvider Time => time;

    /// <summary>False: no engine has used networks yet.</summary>
    internal bool Exists => Directory.Exists(_directory);

    internal string SessionDirectory => Path.Combine(_directory, "sessions");

    /// <summary>Takes the lock.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    internal async ValueTask<FileLock> HoldAsync(bool shared, CancellationToken cancellationToken)
    {
        if (!Exists)
            Directory.CreateDirectory(_directory, OwnerOnly);
        return await FileLock.AcquireAsync(Path.Combine(_directory, "lock"), shared ? FileLockMode.Shared : FileLockMode.Exclusive, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// False: all engines that used networks have ended well, and no container that outlives its engine has an address. Whether it is so is to be seen by
    /// the names of files: what they say takes a fresh process as long as everything else at an open.
    /// </summary>
    internal bool MayHaveRemains()
    {
        if (!Exists)
            return false;
        if (Directory.Exists(SessionDirectory) && Directory.EnumerateFileSystemEntries(SessionDirectory).Any())
            return true;
        foreach (string directory in FindLeaseDirectories())
        {
            if (!Contains(Path.GetFileName(directory)) || Directory.EnumerateFileSystemEntries(directory).Any())
                return true;
        }

        return false;
    }

    /// <summary>The directories with the addresses in use, one a network; also of those whose removal was interrupted.</summary>
    internal IEnumerable<string> FindLeaseDirectories()
    {
        foreach (string directory in Directory.EnumerateDirectories(_directory))
        {
            if (NetworkName.IsId(Path.GetFileName(directory)))
                yield return directory;
        }
    }

    internal string LeaseDirectoryOf(string id) => Path.Combine(_directory, id);

    internal bool Contains(string id) => File.Exists(PathOf(id));

    /// <summary>All networks that were created, the default one included, by name.</summary>
    internal IReadOnlyList<NetworkDocument> ReadAll()
        => !Exists ? [] : [.. Directory.EnumerateFiles(_directory, "*" + Extension)
            .Select(path => Path.GetFileNameWithoutExtension(path)).Where(NetworkName.IsId).Select(Read).OfType<NetworkDocument>()
            .OrderBy(network => network.Name, StringComparer.Ordinal)];

    /// <summary>Docker's order: the whole id, the name, the beginning of an id.</summary>
    /// <exception cref="ConflictException">Several ids begin so.</exception>
    internal static NetworkDocument? Find(IReadOnlyList<NetworkDocument> networks, string idOrName)
    {
        NetworkDocument? found = networks.FirstOrDefault(network => network.Id == idOrName) ?? networks.FirstOrDefault(network => network.Name == idOrName);
        if (found is not null || !NetworkName.IsIdPrefix(idOrName))
            return found;
        NetworkDocument[] matches = [.. networks.Where(network => network.Id.StartsWith(idOrName, StringComparison.Ordinal)).Take(2)];
        return matches.Length > 1
            ? throw new ConflictException($"Several networks have ids that begin with '{idOrName}'. Give more digits.")
            : matches.FirstOrDefault();
    }

    /// <exception cref="InvalidContentException">Its description is damaged.</exception>
    internal NetworkDocument? Read(string id)
    {
        string path = PathOf(id);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), NetworkJson.Default.NetworkDocument) is { } document && document.Id == id
                ? document
                : throw new InvalidContentException($"{path} is damaged. Repair it, or delete it.");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new InvalidContentException($"{path} is damaged: {e.Message} Repair it, or delete it.", e);
        }
    }

    /// <summary>Writes a network, completely or not at all. The caller holds the lock exclusively.</summary>
    internal void Write(NetworkDocument network)
    {
        Directory.CreateDirectory(LeaseDirectoryOf(network.Id), OwnerOnly);
        string staged = Path.Combine(_directory, ".staged");
        using (SafeFileHandle file = File.OpenHandle(staged, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(network, NetworkJson.Default.NetworkDocument), 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(staged, PathOf(network.Id), overwrite: true);
    }

    /// <summary>Removes a network that nobody uses. The caller holds the lock exclusively.</summary>
    internal void Delete(string id)
    {
        File.Delete(PathOf(id));
        DeleteLeases(id);
    }

    /// <summary>Removes what is left of networks whose removal was interrupted. The caller holds the lock exclusively.</summary>
    internal void DeleteRemains()
    {
        foreach (string id in FindLeaseDirectories().Select(path => Path.GetFileName(path)).ToList())
        {
            if (!Contains(id))
                DeleteLeases(id);
        }
    }

    private void DeleteLeases(string id)
    {
        string leases = LeaseDirectoryOf(id);
        if (!Directory.Exists(leases))
            return;
        foreach (string path in Directory.EnumerateFiles(leases))
            File.Delete(path);
        Directory.Delete(leases);
    }

    private string PathOf(string id) => Path.Combine(_directory, id + Extension);
}
