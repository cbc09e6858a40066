using System.Runtime.CompilerServices;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Storage;

/// <summary>
/// Unpacked layers by diff id, each ready as an overlay's lower directory. Several processes may share the store: a layer is unpacked
/// once, and it is there completely or not at all.
/// </summary>
/// <param name="root">The data root.</param>
/// <param name="ownership">How the owners of files are set.</param>
/// <param name="time">Paces waiting for other processes.</param>
/// <param name="limits">Bounds on a layer; null for the defaults.</param>
internal sealed class LayerStore(DataRoot root, IFileOwnership ownership, TimeProvider time, LayerLimits? limits = null)
{
    private readonly LayerLimits _limits = limits ?? new LayerLimits();
    private readonly SharedFlush _flush = new(root);

    /// <summary>What the owners of files in layers are inside containers.</summary>
    public OwnerView Owners => ownership.View;

    /// <summary>How the owners of files are set.</summary>
    public IFileOwnership Ownership => ownership;

    /// <summary>Opens a directory of a layer with all rights.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    public ValueTask<RootedDirectory> OpenAsync(string path, CancellationToken cancellationToken) => ownership.OpenAsync(path, cancellationToken);

    /// <summary>True when the layer is there.</summary>
    public bool Contains(Digest diffId) => Directory.Exists(root.LayerPath(diffId));

    /// <summary>The layer's directory. Never write to it: other images and containers use it as well.</summary>
    /// <exception cref="NotFoundException">The layer is not there.</exception>
    public string GetPath(Digest diffId)
        => Contains(diffId) ? root.LayerPath(diffId) : throw new NotFoundException($"The layer {diffId} is not unpacked here. Load its image again.");

    /// <summary>What is known of a layer.</summary>
    /// <exception cref="NotFoundException">The layer is not there.</exception>
    /// <exception cref="InvalidContentException">Its file is damaged.</exception>
    public LayerInfo GetInfo(Digest diffId)
    {
        try
        {
            return LayerInfo.Read(InfoPath(diffId));
        }
        catch (FileNotFoundException)
        {
            throw new NotFoundException($"The layer {diffId} is not unpacked here.");
        }
    }

    /// <summary>Bytes of the files of a layer; 0 where that is not known.</summary>
    public long GetSize(Digest diffId)
    {
        try
        {
            return Contains(diffId) ? GetInfo(diffId).Size : 0;
        }
        catch (Exception e) when (e is NotFoundException or InvalidContentException)
        {
            return 0; // removed in this moment, or damaged
        }
    }

    /// <summary>Unpacks a layer, unless it is there already.</summary>
    /// <param name="archive">A tar archive, plain or compressed by gzip. Stays owned by the caller; not read when the layer is there.</param>
    /// <param name="expected">The layer's diff id; null where only the archive says it.</param>
    /// <param name="what">What it is, for messages: <c>layer 2 of app:1</c>.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <exception cref="ContentMismatchException">The archive has another digest.</exception>
    /// <exception cref="InvalidContentException">The archive is malformed, hostile, or beyond a limit.</exception>
    /// <exception cref="UnsupportedException">A codec, or an owner, that can't be had here.</exception>
    public Task<LayerInfo> UnpackAsync(Stream archive, Digest? expected, string what, CancellationToken cancellationToken)
        => UnpackAsync(archive, expected, what, static () => Task.CompletedTask, cancellationToken);

    /// <summary>As the other overload, for an archive that is verified further while it is read.</summary>
    /// <param name="archive">A tar archive, plain or compressed by gzip. Stays owned by the caller; not read when the layer is there.</param>
    /// <param name="expected">The layer's diff id; null where only the archive says it.</param>
    /// <param name="what">What it is, for messages: <c>layer 2 of app:1</c>.</param>
    /// <param name="verify">Called when the layer is unpacked and has its digest, before anybody can see it; throws where it must not be seen.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    public async Task<LayerInfo> UnpackAsync(Stream archive, Digest? expected, string what, Func<Task> verify, CancellationToken cancellationToken)
    {
        if (expected is not { } diffId)
        {
            StagingArea staging = StagingArea.Create(root, ownership);
            await using ConfiguredAsyncDisposable _ = staging.ConfigureAwait(false);
            LayerInfo info = await StageAsync(archive, null, what, staging, cancellationToken).ConfigureAwait(false);
            await verify().ConfigureAwait(false);
            using FileLock owner = await LockAsync(info.DiffId, cancellationToken).ConfigureAwait(false);
            if (!Contains(info.DiffId))
            {
                await PublishAsync(info, staging, cancellationToken).ConfigureAwait(false);
            }
            owner.RemoveFile();
            return info;
        }
        if (Contains(diffId))
        {
            return GetInfo(diffId);
        }
        using FileLock held = await LockAsync(diffId, cancellationToken).ConfigureAwait(false);
        try
        {
            // Whoever held the lock before has unpacked it, or failed.
            return Contains(diffId) ? GetInfo(diffId) : await UnpackLockedAsync(archive, diffId, what, verify, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            held.RemoveFile();
        }
    }

    /// <summary>Compares a layer with its archive, by unpacking that beside it. The caller keeps the layer from being removed.</summary>
    /// <param name="archive">The layer's archive, plain or compressed. Stays owned by the caller.</param>
    /// <param name="diffId">The layer.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <returns>False when there is a file that differs.</returns>
    /// <exception cref="ContentMismatchException">The archive is not that of the layer.</exception>
    /// <exception cref="InvalidContentException">The archive is malformed, hostile, or beyond a limit.</exception>
    public async ValueTask<bool> MatchesAsync(Stream archive, Digest diffId, string what, CancellationToken cancellationToken)
    {
        StagingArea staging = StagingArea.Create(root, ownership);
        await using ConfiguredAsyncDisposable _ = staging.ConfigureAwait(false);
        await StageAsync(archive, diffId, what, staging, cancellationToken).ConfigureAwait(false);
        Digest expected = await LayerFingerprint.ComputeAsync(staging.LayerPath, ownership, cancellationToken).ConfigureAwait(false);
        return expected == await LayerFingerprint.ComputeAsync(GetPath(diffId), ownership, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a layer, if it is there. The caller knows that nothing uses it.</summary>
    public async ValueTask RemoveAsync(Digest diffId, CancellationToken cancellationToken)
    {
        StagingArea staging = StagingArea.Create(root, ownership);
        await using ConfiguredAsyncDisposable _ = staging.ConfigureAwait(false);
        using FileLock owner = await LockAsync(diffId, cancellationToken).ConfigureAwait(false);
        if (Contains(diffId))
        {
            // Gone at once; emptied by the staging area, now or after a crash.
            AtomicFile.Publish(root.LayerPath(diffId), staging.LayerPath, replace: false);
        }
        File.Delete(InfoPath(diffId));
        owner.RemoveFile();
    }

    /// <summary>Removes what processes have left that died while unpacking, storing or removing.</summary>
    public ValueTask RemoveAbandonedAsync(CancellationToken cancellationToken) => StagingArea.RemoveAbandonedAsync(root, ownership, cancellationToken);

    /// <summary>All layers, also such of which only the directory or only the file beside it is there.</summary>
    public IEnumerable<Digest> List()
    {
        foreach (string hex in Directory.EnumerateFileSystemEntries(root.LayersDirectory).Select(path => Path.GetFileName(path).Split('.')[0]).Distinct(StringComparer.Ordinal))
        {
            string algorithm = hex.Length == 128 ? Digest.Sha512 : Digest.Sha256;
            if (Digest.TryParse($"{algorithm}:{hex}", out Digest digest))
            {
                yield return digest;
            }
        }
    }

    private async Task<LayerInfo> UnpackLockedAsync(Stream archive, Digest diffId, string what, Func<Task> verify, CancellationToken cancellationToken)
    {
        StagingArea staging = StagingArea.Create(root, ownership);
        await using ConfiguredAsyncDisposable _ = staging.ConfigureAwait(false);
        LayerInfo info = await StageAsync(archive, diffId, what, staging, cancellationToken).ConfigureAwait(false);
        await verify().ConfigureAwait(false);
        await PublishAsync(info, staging, cancellationToken).ConfigureAwait(false);
        return info;
    }

    private async Task<LayerInfo> StageAsync(Stream archive, Digest? expected, string what, StagingArea staging, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(staging.LayerPath);
        try
        {
            (Stream plain, PeekedStream compressed) = await LayerStream.OpenAsync(archive, cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable _ = plain.ConfigureAwait(false);
            using var input = new TarInput(plain, expected?.Algorithm ?? Digest.Sha256, length => RequireWithinLimits(length, compressed.BytesRead));
            UnpackedLayer unpacked = await LayerUnpacker.UnpackAsync(
                input, staging.LayerPath, ownership, OverlayAttributeNames.Default, _limits, cancellationToken).ConfigureAwait(false);
            return expected is null || input.Digest == expected
                ? new LayerInfo(input.Digest, input.Length, unpacked.Size, unpacked.Entries)
                : throw new ContentMismatchException(what, expected.Value.ToString(), input.Digest.ToString());
        }
        catch (InvalidContentException e)
        {
            throw new InvalidContentException($"{what}: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidContentException($"{what}: the compressed data is damaged. {e.Message}", e);
        }
    }

    private void RequireWithinLimits(long length, long compressed)
    {
        if (length > _limits.MaxArchiveSize)
        {
            throw new InvalidContentException($"The archive is larger than {_limits.MaxArchiveSize} bytes.");
        }
        if (length > _limits.ExpansionRatioThreshold && length / _limits.MaxExpansionRatio > compressed)
        {
            throw new InvalidContentException($"The archive expands to more than {_limits.MaxExpansionRatio} times its size.");
        }
    }

    /// <summary>Makes a staged layer visible, after everything in it has reached the disk.</summary>
    private async Task PublishAsync(LayerInfo info, StagingArea staging, CancellationToken cancellationToken)
    {
        AtomicFile.Write(root, InfoPath(info.DiffId), info.ToUtf8Json(), flush: false);
        await _flush.RunAsync(cancellationToken).ConfigureAwait(false);
        AtomicFile.Publish(staging.LayerPath, root.LayerPath(info.DiffId), replace: false);
    }

    private ValueTask<FileLock> LockAsync(Digest diffId, CancellationToken cancellationToken)
        => FileLock.AcquireAsync(root.LockPath("layer-" + diffId.Hex), FileLockMode.Exclusive, time, cancellationToken);

    private string InfoPath(Digest diffId) => root.LayerPath(diffId) + ".json";
}
