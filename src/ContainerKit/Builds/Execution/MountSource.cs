using System.Globalization;
using ContainerKit.Builds.Cache;
using ContainerKit.Linux.Io;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Builds.Execution;

/// <summary>A directory of this machine that is mounted for a RUN, with the owners that it has inside.</summary>
internal sealed class MountSource : IAsyncDisposable
{
    private const uint CacheMode = 0x1ED; // 0755

    private readonly StagingArea? _staging;
    private readonly FileLock? _lock;

    private MountSource(string path, StagingArea? staging, FileLock? held)
    {
        Path = path;
        _staging = staging;
        _lock = held;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>A file of a content, removed with the result.</summary>
    public static Task<MountSource> FromBytesAsync(BuildSession session, byte[] content, string name, uint mode, uint user, uint group, CancellationToken cancellationToken)
        => StageAsync(
            session,
            async (output, token) =>
            {
                var writer = new TarWriter(output);
                await writer.WriteEntryAsync(Entry(TarEntryType.RegularFile, name, mode, user, group, content.Length), token).ConfigureAwait(false);
                await writer.WriteDataAsync(content, token).ConfigureAwait(false);
                await writer.CompleteAsync(token).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>A copy of something, removed with the result.</summary>
    public static Task<MountSource> FromTreeAsync(BuildSession session, CopyRoot root, bool isFromContext, CancellationToken cancellationToken)
        => StageAsync(session, (output, token) => PackAsync(session, root, isFromContext, output, token), cancellationToken);

    /// <summary>A directory that stays for later builds.</summary>
    /// <param name="session">The build.</param>
    /// <param name="mount">Owner, mode and sharing.</param>
    /// <param name="id">What the cache is known by; one with another owner or mode is another one.</param>
    /// <param name="openSeed">What a new one begins with; null for nothing.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<MountSource> FromCacheAsync(BuildSession session, RunMount mount, string id, Func<Task<CopyRoot?>> openSeed, CancellationToken cancellationToken)
    {
        uint mode = mount.Mode ?? CacheMode;
        using var key = new CacheKey("cache-mount");
        string name = key.Add(id).Add(mount.UserId).Add(mount.GroupId).Add(mode).Finish();
        string directory = System.IO.Path.Combine(session.Cache.MountsDirectory, name);
        Directory.CreateDirectory(session.Cache.MountsDirectory);
        FileLock held = await LockAsync(session, mount.Sharing, directory, out string chosen, cancellationToken).ConfigureAwait(false);
        try
        {
            await MakeAsync(session, mount, mode, chosen, openSeed, cancellationToken).ConfigureAwait(false);
            return new MountSource(System.IO.Path.Combine(chosen, "data"), null, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        if (_staging is not null)
        {
            await _staging.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static ValueTask<FileLock> LockAsync(BuildSession session, string sharing, string directory, out string chosen, CancellationToken cancellationToken)
    {
        chosen = directory;
        if (sharing != "private")
        {
            return FileLock.AcquireAsync(directory + ".lock", sharing == "shared" ? FileLockMode.Shared : FileLockMode.Exclusive, session.Images.Time, cancellationToken);
        }
        for (int i = 0; ; i++)
        {
            chosen = i == 0 ? directory : string.Create(CultureInfo.InvariantCulture, $"{directory}-{i}");
            if (FileLock.TryAcquire(chosen + ".lock") is { } free)
            {
                return ValueTask.FromResult(free);
            }
        }
    }

    private static async Task MakeAsync(BuildSession session, RunMount mount, uint mode, string directory, Func<Task<CopyRoot?>> openSeed, CancellationToken cancellationToken)
    {
        string ready = System.IO.Path.Combine(directory, "ready");
        using FileLock making = await FileLock.AcquireAsync(directory + ".make", FileLockMode.Exclusive, session.Images.Time, cancellationToken).ConfigureAwait(false);
        if (File.Exists(ready))
        {
            return;
        }
        IFileOwnership ownership = session.Builder.Ownership;
        await OwnedTreeRemover.RemoveAsync(directory, ownership, cancellationToken).ConfigureAwait(false);
        string data = System.IO.Path.Combine(directory, "data");
        Directory.CreateDirectory(data);
        CopyRoot? seed = await openSeed().ConfigureAwait(false);
        await ArchivePipe.RunAsync(WriteAsync, (input, token) => UnpackAsync(input, data, ownership, token), cancellationToken).ConfigureAwait(false);
        await File.WriteAllBytesAsync(ready, [], cancellationToken).ConfigureAwait(false);

        async Task WriteAsync(Stream output, CancellationToken token)
        {
            var writer = new TarWriter(output);
            await writer.WriteEntryAsync(Entry(TarEntryType.Directory, "./", mode, mount.UserId, mount.GroupId, 0), token).ConfigureAwait(false);
            if (seed is null)
            {
                await writer.CompleteAsync(token).ConfigureAwait(false);
                return;
            }
            await writer.FlushAsync(token).ConfigureAwait(false);
            await PackAsync(session, seed, isFromContext: false, output, token).ConfigureAwait(false);
        }
    }

    private static async Task<MountSource> StageAsync(BuildSession session, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        StagingArea staging = StagingArea.Create(session.Images.Root, session.Builder.Ownership);
        try
        {
            Directory.CreateDirectory(staging.LayerPath);
            await ArchivePipe.RunAsync(write, (input, token) => UnpackAsync(input, staging.LayerPath, session.Builder.Ownership, token), cancellationToken).ConfigureAwait(false);
            return new MountSource(staging.LayerPath, staging, null);
        }
        catch
        {
            await staging.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task UnpackAsync(Stream archive, string directory, IFileOwnership ownership, CancellationToken cancellationToken)
    {
        using var input = new TarInput(archive, algorithm: null);
        await LayerUnpacker.UnpackAsync(input, directory, ownership, OverlayAttributeNames.Default, new LayerLimits(), cancellationToken).ConfigureAwait(false);
    }

    private static Task<string> PackAsync(BuildSession session, CopyRoot root, bool isFromContext, Stream output, CancellationToken cancellationToken)
    {
        var options = new CopyOptions { Owner = isFromContext ? (0, 0) : null, SourceOwners = session.Images.Layers.Owners, KeepsHardLinks = true };
        return new CopyLayer(null, new StagePath([], 0, null), isDirectory: true, options).WriteAsync(output, [root], cancellationToken);
    }

    private static TarEntry Entry(TarEntryType type, string name, uint mode, uint user, uint group, long size) => new()
    {
        Type = type,
        Name = System.Text.Encoding.UTF8.GetBytes(name),
        LinkName = [],
        Mode = mode,
        UserId = user,
        GroupId = group,
        Size = size,
        ModifiedTime = default,
    };
}
