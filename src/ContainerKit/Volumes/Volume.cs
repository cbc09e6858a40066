using ContainerKit.Volumes;

namespace ContainerKit;

/// <summary>A volume: a directory that outlives containers and can be shared by them. From <see cref="ContainerEngine.Volumes"/>.</summary>
public sealed class Volume
{
    /// <summary>What drivers are told for a user that is no container.</summary>
    private const string ArchiveUser = "archive";

    private readonly VolumeStore _store;

    internal Volume(VolumeStore store, string name) => (_store, Name) = (store, name);

    /// <summary>The name, unique in the data root.</summary>
    public string Name { get; }

    /// <summary>The volume as it is now.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public Task<VolumeInfo> InspectAsync(CancellationToken cancellationToken = default)
        => cancellationToken.IsCancellationRequested ? Task.FromCanceled<VolumeInfo>(cancellationToken) : Task.FromResult(VolumeCollection.Describe(_store, Read()));

    /// <summary>Removes it with its files; the directory of this machine that a volume may stand for stays.</summary>
    /// <param name="cancellationToken">Ends the wait; a removal that began is finished by the next engine.</param>
    /// <exception cref="ConflictException">A container uses it.</exception>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken = default)
    {
        if (!await _store.RemoveAsync(Name, cancellationToken).ConfigureAwait(false))
            throw VolumeCollection.NotFound(Name);
    }

    /// <summary>Writes its files as a tar archive, with the owners that they have inside containers. Containers may use it meanwhile.</summary>
    /// <param name="output">Gets the archive; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public async Task ExportAsync(Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        using IDisposable held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        VolumeLease lease = await _store.Mounts.AcquireAsync([Name], ArchiveUser, cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
            await new VolumeArchive(_store.Files).PackAsync(lease.Find(Name) ?? _store.MountPointOf(Read()), output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Unpacks a tar archive into it, plain or compressed by gzip, bzip2, xz or zstd. What is there and not in the archive stays.</summary>
    /// <param name="archive">Read to its end; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops; what was unpacked stays.</param>
    /// <exception cref="NotFoundException">It was removed.</exception>
    /// <exception cref="InvalidContentException">The archive is malformed or hostile; what came before is unpacked.</exception>
    public async Task ImportAsync(Stream archive, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        using IDisposable held = await _store.HoldAsync(cancellationToken).ConfigureAwait(false);
        VolumeLease lease = await _store.Mounts.AcquireAsync([Name], ArchiveUser, cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
            await new VolumeArchive(_store.Files).UnpackAsync(archive, lease.Find(Name) ?? _store.MountPointOf(Read()), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The size of its files in bytes; a file with several names counts once.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">It was removed.</exception>
    public async Task<long> GetSizeAsync(CancellationToken cancellationToken = default)
        => await _store.MeasureAsync(Read(), cancellationToken).ConfigureAwait(false);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private VolumeDocument Read() => _store.Find(Name) ?? throw VolumeCollection.NotFound(Name);
}
