using System.Security.Cryptography;
using ContainerKit.Linux.Io;

namespace ContainerKit.Networks.Control;

/// <summary>An engine that uses networks: a locked file. The kernel drops the lock with the process, so the others know what is left over.</summary>
internal sealed class NetworkSession : IDisposable
{
    private readonly FileLock _lock;
    private readonly string _path;

    private NetworkSession(string id, string path, FileLock taken) => (Id, _path, _lock) = (id, path, taken);

    internal string Id { get; }

    /// <summary>Begins one. The caller holds the lock of the networks exclusively.</summary>
    internal static NetworkSession Begin(string directory)
    {
        Directory.CreateDirectory(directory);
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        string path = Path.Combine(directory, id);
        FileLock taken = FileLock.TryAcquire(path) ?? throw new IOException($"{path} was just made and is locked.");
        return new NetworkSession(id, path, taken);
    }

    /// <summary>The engines that live; the files of those that died are removed. The caller holds the lock of the networks exclusively.</summary>
    /// <param name="directory">Where the sessions are.</param>
    /// <param name="own">This engine's; null before it has one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal static async ValueTask<HashSet<string>> FindLivingAsync(string directory, NetworkSession? own, CancellationToken cancellationToken)
    {
        HashSet<string> living = new(StringComparer.Ordinal);
        if (!Directory.Exists(directory))
            return living;
        foreach (string path in Directory.GetFiles(directory))
        {
            string id = Path.GetFileName(path);
            if (id == own?.Id)
            {
                living.Add(id);
                continue;
            }

            FileLock? dead = await FileLock.TryAcquireAbandonedAsync(path, cancellationToken).ConfigureAwait(false);
            if (dead is null)
            {
                living.Add(id);
                continue;
            }

            using (dead)
            {
                File.Delete(path);
            }
        }

        return living;
    }

    /// <summary>Ends it. The caller holds the lock of the networks exclusively.</summary>
    public void Dispose()
    {
        if (File.Exists(_path))
            File.Delete(_path);
        _lock.Dispose();
    }
}
