using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Packing;

/// <summary>
/// Packs a directory tree into an archive, or hands it over as one, that depends on nothing but the tree: sorted, a directory before its entries, no time of packing.
/// The tree may belong to a running container: what vanishes meanwhile is left out, what shrinks is filled with zeros.
/// </summary>
/// <param name="receiver">Where it goes.</param>
/// <param name="owners">Whose ids the archive gets.</param>
/// <param name="options">How.</param>
internal sealed class TreePacker(ITarReceiver receiver, OwnerView owners, PackingOptions options)
{
    /// <summary>What a process can name, and what unpacking allows.</summary>
    private const int MaxPathLength = 4095;

    private const uint WhiteoutMode = 0x180; // 0600

    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> _links = [];

    private static ReadOnlySpan<byte> WhiteoutPrefix => ".wh."u8;

    private static ReadOnlySpan<byte> OpaqueMarker => ".wh..wh..opq"u8;

    /// <summary>Packs what a directory holds.</summary>
    /// <param name="directory">Stays owned by the caller.</param>
    /// <param name="path">The directory's path in the archive; empty for its root.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task PackContentAsync(ITreeDirectory directory, byte[] path, CancellationToken cancellationToken)
    {
        var stack = new Stack<Level>();
        stack.Push(await EnterAsync(directory, path, isOwned: false, cancellationToken).ConfigureAwait(false));
        try
        {
            while (stack.TryPeek(out Level? level))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (level.Next() is not { } name)
                {
                    stack.Pop().Dispose();
                }
                else if (await PackEntryAsync(level.Directory, name, Join(level.Path, name), cancellationToken).ConfigureAwait(false) is { } child)
                {
                    stack.Push(await EnterAsync(child, Join(level.Path, name), isOwned: true, cancellationToken).ConfigureAwait(false));
                }
            }
        }
        finally
        {
            while (stack.TryPop(out Level? level))
            {
                level.Dispose();
            }
        }
    }

    /// <summary>Packs one entry, and when it is a directory all that it holds.</summary>
    /// <param name="directory">The directory of the entry; stays owned by the caller.</param>
    /// <param name="name">The entry.</param>
    /// <param name="path">Its path in the archive.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task PackAsync(ITreeDirectory directory, byte[] name, byte[] path, CancellationToken cancellationToken)
    {
        using ITreeDirectory? child = await PackEntryAsync(directory, name, path, cancellationToken).ConfigureAwait(false);
        if (child is not null)
        {
            await PackContentAsync(child, path, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a directory's own entry.</summary>
    public ValueTask PackDirectoryAsync(ITreeDirectory directory, byte[] path, FileStatus status, CancellationToken cancellationToken)
        => receiver.AddAsync(Entry(directory, [], TarEntryType.Directory, [.. path, (byte)'/'], status, FileType.Directory), content: null, cancellationToken);

    private async ValueTask<Level> EnterAsync(ITreeDirectory directory, byte[] path, bool isOwned, CancellationToken cancellationToken)
    {
        var level = new Level(directory, path, isOwned);
        if (options.OverlayUpper && path.Length > 0 && directory.IsOpaque)
        {
            await receiver.AddAsync(Marker(Join(path, OpaqueMarker)), content: null, cancellationToken).ConfigureAwait(false);
        }
        return level;
    }

    /// <summary>Writes an entry; returns a directory that is to be entered, owned by the caller.</summary>
    private async ValueTask<ITreeDirectory?> PackEntryAsync(ITreeDirectory directory, byte[] name, byte[] path, CancellationToken cancellationToken)
    {
        if (directory.TryGetStatus(name) is not { } status)
        {
            return null;
        }
        if (path.Length > MaxPathLength)
        {
            throw new InvalidContentException($"A path is longer than {MaxPathLength} bytes and can't be packed: {FileName.Display(path.AsSpan(0, 80))}…");
        }
        if (options.OverlayUpper && status.IsOverlayWhiteout)
        {
            int parent = path.Length - name.Length;
            await receiver.AddAsync(Marker([.. path.AsSpan(0, parent), .. WhiteoutPrefix, .. name]), content: null, cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (status.Type == FileType.Directory)
        {
            return await PackDirectoryAsync(directory, name, path, cancellationToken).ConfigureAwait(false);
        }
        bool hasSeveralNames = status.LinkCount > 1;
        if (hasSeveralNames && _links.TryGetValue((status.Device, status.Inode), out byte[]? first))
        {
            TarEntry link = Entry(directory, name, TarEntryType.HardLink, path, status, FileType.Unknown, link: first);
            await receiver.AddAsync(link, content: null, cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (await PackFileAsync(directory, name, path, status, cancellationToken).ConfigureAwait(false) && hasSeveralNames)
        {
            _links[(status.Device, status.Inode)] = path;
        }
        return null;
    }

    private async ValueTask<ITreeDirectory?> PackDirectoryAsync(ITreeDirectory directory, byte[] name, byte[] path, CancellationToken cancellationToken)
    {
        if (directory.TryOpen(name) is not { } child)
        {
            return null;
        }
        try
        {
            FileStatus status = child.TryGetStatus([]) ?? default;
            await PackDirectoryAsync(child, path, status, cancellationToken).ConfigureAwait(false);
            if (options.IsSkipped?.Invoke(child, status) != true)
            {
                return child;
            }
            child.Dispose();
            return null;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    private async ValueTask<bool> PackFileAsync(ITreeDirectory directory, byte[] name, byte[] path, FileStatus status, CancellationToken cancellationToken)
    {
        switch (status.Type)
        {
            case FileType.Regular:
                using (SafeFileHandle? file = directory.TryOpenFile(name))
                {
                    if (file is null)
                    {
                        return false;
                    }
                    // Of what was opened: by now another file may have the name.
                    status = RootedDirectory.GetStatus(file);
                    await PackRegularAsync(file, Entry(directory, name, TarEntryType.RegularFile, path, status, FileType.Regular), status, cancellationToken).ConfigureAwait(false);
                }
                return true;
            case FileType.SymbolicLink:
                if (directory.TryReadLink(name) is not { } target)
                {
                    return false;
                }
                await receiver.AddAsync(Entry(directory, name, TarEntryType.SymbolicLink, path, status, status.Type, link: target), content: null, cancellationToken).ConfigureAwait(false);
                return true;
            case FileType.CharacterDevice or FileType.BlockDevice when options.LeavesOutDevices:
                return false;
            case FileType.Fifo or FileType.CharacterDevice or FileType.BlockDevice:
                TarEntryType type = status.Type switch
                {
                    FileType.Fifo => TarEntryType.Fifo,
                    FileType.CharacterDevice => TarEntryType.CharacterDevice,
                    _ => TarEntryType.BlockDevice,
                };
                await receiver.AddAsync(Entry(directory, name, type, path, status, status.Type), content: null, cancellationToken).ConfigureAwait(false);
                return true;
            default:
                return false; // a socket means nothing without the process that listens, and tar has no type for it
        }
    }

    private async ValueTask PackRegularAsync(SafeFileHandle file, TarEntry entry, FileStatus status, CancellationToken cancellationToken)
    {
        IReadOnlyList<TarExtent>? extents = status.AllocatedSize < status.Size ? SparseScan.Find(file, status.Size) : null;
        using var content = new FileContent(file, status.Size, extents);
        await receiver.AddAsync(entry with { Extents = extents }, content, cancellationToken).ConfigureAwait(false);
    }

    private TarEntry Entry(
        ITreeDirectory directory, byte[] name, TarEntryType type, byte[] path, FileStatus status, FileType attributesOf, byte[]? link = null) => new()
        {
            Type = type,
            Name = path,
            LinkName = link ?? [],
            Mode = type == TarEntryType.SymbolicLink ? 0x1FF : status.Mode,
            UserId = options.Owner?.User ?? owners.UserInside(status.UserId),
            GroupId = options.Owner?.Group ?? owners.GroupInside(status.GroupId),
            Size = type == TarEntryType.RegularFile ? status.Size : 0,
            ModifiedTime = TimeOf(type, status),
            DeviceMajor = status.NodeMajor,
            DeviceMinor = status.NodeMinor,
            Attributes = directory.ReadAttributes(name, attributesOf),
        };

    private TarTime TimeOf(TarEntryType type, FileStatus status)
    {
        if (options.OmitsDirectoryTimes && type == TarEntryType.Directory)
        {
            return default;
        }
        return options.LatestTime is { } latest && status.ModifiedSeconds >= latest
            ? new TarTime(latest, 0)
            : new TarTime(status.ModifiedSeconds, status.ModifiedNanoseconds);
    }

    /// <summary>A whiteout; when something was removed is nobody's business and would change the digest.</summary>
    private static TarEntry Marker(byte[] path) => new()
    {
        Type = TarEntryType.RegularFile,
        Name = path,
        LinkName = [],
        Mode = WhiteoutMode,
        UserId = 0,
        GroupId = 0,
        Size = 0,
        ModifiedTime = default,
    };

    private static byte[] Join(byte[] path, ReadOnlySpan<byte> name) => path.Length == 0 ? name.ToArray() : [.. path, (byte)'/', .. name];

    /// <summary>A directory that is being packed.</summary>
    private sealed class Level(ITreeDirectory directory, byte[] path, bool isOwned) : IDisposable
    {
        private readonly List<byte[]> _names = Sort(directory);
        private int _next;

        public ITreeDirectory Directory => directory;

        public byte[] Path => path;

        public byte[]? Next() => _next < _names.Count ? _names[_next++] : null;

        public void Dispose()
        {
            if (isOwned)
            {
                directory.Dispose();
            }
        }

        private static List<byte[]> Sort(ITreeDirectory directory)
        {
            List<byte[]> names = [.. directory.EnumerateNames()];
            names.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
            return names;
        }
    }
}
