using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Unpacking;

/// <summary>
/// Unpacks a layer's archive into an empty directory as overlayfs wants it. The archive is hostile: nothing outside of the directory is
/// touched, whatever names and links say. Later entries replace earlier ones, directories are merged, as Docker does it.
/// </summary>
/// <remarks>
/// Whiteouts (OCI image specification, layer.md) become overlayfs's. Of extended attributes <c>user.*</c> and <c>security.capability</c> are
/// kept; those by which overlayfs itself is steered never. Directories that only appear in paths get mode 0755 and owner 0:0.
/// </remarks>
internal sealed class LayerUnpacker
{
    private const uint ImplicitDirectoryMode = 0x1ED; // 0755
    private const uint WorkingFileMode = 0x180; // 0600

    private readonly LayerTree _tree;
    private readonly LayerLimits _limits;
    private readonly IFileOwnership _ownership;
    private readonly EntryAttributes _attributes;
    private long _entries;
    private long _apparentSize;
    private long _size;
    private long _skippedDevices;

    private LayerUnpacker(LayerTree tree, IFileOwnership ownership, LayerLimits limits)
    {
        _tree = tree;
        _limits = limits;
        _ownership = ownership;
        _attributes = new EntryAttributes(ownership);
    }

    private static ReadOnlySpan<byte> WhiteoutPrefix => ".wh."u8;

    private static ReadOnlySpan<byte> OpaqueMarker => ".wh..wh..opq"u8;

    /// <summary>Unpacks an archive. On failure the directory holds rubbish, for the caller to remove.</summary>
    /// <param name="input">The archive, read up to the end of its stream.</param>
    /// <param name="directory">Host path of an empty directory.</param>
    /// <param name="ownership">How owners are set.</param>
    /// <param name="overlay">Whose attributes mark opaque directories.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="InvalidContentException">The archive is malformed, hostile or beyond a limit.</exception>
    public static async Task<UnpackedLayer> UnpackAsync(
        TarInput input, string directory, IFileOwnership ownership, OverlayAttributes overlay, LayerLimits limits, CancellationToken cancellationToken)
    {
        using RootedDirectory root = RootedDirectory.Open(directory);
        using var tree = new LayerTree(root, overlay);
        var unpacker = new LayerUnpacker(tree, ownership, limits);
        await unpacker.RunAsync(new TarReader(input), cancellationToken).ConfigureAwait(false);
        await input.DrainAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<OwnershipChange> changes = new LayerFinisher(root, ownership, ImplicitDirectoryMode).Finish(tree.Pending, cancellationToken);
        if (ownership.Mode == OwnershipMode.Deferred && changes.Count > 0)
        {
            await ownership.ApplyAsync(directory, changes, cancellationToken).ConfigureAwait(false);
        }
        return new UnpackedLayer(unpacker._entries, unpacker._size, unpacker._skippedDevices);
    }

    private async Task RunAsync(TarReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Count(entry);
            List<byte[]> path = LayerPath.Split(entry.Name, _limits);
            if (path.Count == 0)
            {
                MakeRoot(entry);
                continue;
            }
            byte[] name = path[^1];
            LayerDirectory parent = _tree.OpenParent(path);
            if (name.AsSpan().StartsWith(WhiteoutPrefix))
            {
                MakeWhiteout(parent, name);
                continue;
            }
            RequireMappable(entry);
            await MakeAsync(parent, name, entry, reader, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask MakeAsync(LayerDirectory parent, byte[] name, TarEntry entry, TarReader reader, CancellationToken cancellationToken)
    {
        switch (entry.Type)
        {
            case TarEntryType.Directory:
                MakeDirectory(parent, name, entry, cancellationToken);
                break;
            case TarEntryType.RegularFile:
                using (SafeFileHandle file = CreateFile(parent, name, cancellationToken))
                {
                    await WriteAsync(file, entry, reader, cancellationToken).ConfigureAwait(false);
                }
                _attributes.Apply(parent, name, entry, FileType.Regular);
                break;
            case TarEntryType.HardLink:
                MakeHardLink(parent, name, entry, cancellationToken);
                break;
            case TarEntryType.SymbolicLink:
                Replace(parent, name, cancellationToken);
                MakeSymbolicLink(parent, name, entry);
                break;
            default:
                Replace(parent, name, cancellationToken);
                MakeNode(parent, name, entry);
                break;
        }
    }

    private void MakeRoot(TarEntry entry)
    {
        if (entry.Type != TarEntryType.Directory)
        {
            throw new InvalidContentException("The layer's root is not a directory.");
        }
        RequireMappable(entry);
        _tree.Pending.Entry = entry;
    }

    private void MakeWhiteout(LayerDirectory parent, byte[] name)
    {
        if (name.AsSpan().SequenceEqual(OpaqueMarker))
        {
            _tree.MarkOpaque(parent, default);
            return;
        }
        if (name.AsSpan().StartsWith(".wh..wh."u8))
        {
            // Metadata of aufs, of no meaning to anyone else.
            return;
        }
        byte[] hidden = name[WhiteoutPrefix.Length..];
        if (!FileName.IsEntry(hidden))
        {
            throw new InvalidContentException($"The layer has a whiteout without a name: {FileName.Display(parent.PathOf(name))}");
        }
        // A whiteout is about the layers below, never about its own: a directory of this layer hides theirs, a file does so anyway.
        switch (parent.Descriptor.TryGetStatus(hidden)?.Type)
        {
            case null:
                parent.Descriptor.CreateWhiteout(hidden);
                break;
            case FileType.Directory:
                _tree.MarkOpaque(parent, hidden);
                break;
        }
    }

    private void MakeDirectory(LayerDirectory parent, byte[] name, TarEntry entry, CancellationToken cancellationToken)
    {
        FileStatus? existing = parent.Descriptor.TryGetStatus(name);
        if (existing is { Type: not FileType.Directory, IsOverlayWhiteout: false })
        {
            LayerTree.Remove(parent, name, cancellationToken);
            existing = null;
        }
        if (existing?.Type != FileType.Directory)
        {
            _tree.MakeDirectory(parent, name, existing);
        }
        parent.Pending.Open(name).Entry = entry;
    }

    private static SafeFileHandle CreateFile(LayerDirectory parent, byte[] name, CancellationToken cancellationToken)
    {
        try
        {
            return parent.Descriptor.CreateFile(name, WorkingFileMode);
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            // Asking first would cost a system call for every file; replacing is rare.
            Replace(parent, name, cancellationToken);
            return parent.Descriptor.CreateFile(name, WorkingFileMode);
        }
    }

    private async ValueTask WriteAsync(SafeFileHandle file, TarEntry entry, TarReader reader, CancellationToken cancellationToken)
    {
        long end = 0;
        while (await reader.ReadDataAsync(cancellationToken).ConfigureAwait(false) is { } data)
        {
            end = Math.Max(end, SparseWrite.Write(file, data.Content.Span, data.Offset));
            _size += data.Content.Length;
        }
        SparseWrite.Complete(file, end, entry.Size);
    }

    private void MakeHardLink(LayerDirectory parent, byte[] name, TarEntry entry, CancellationToken cancellationToken)
    {
        List<byte[]> target = LayerPath.Split(entry.LinkName, _limits);
        string Describe() => $"The hard link {FileName.Display(parent.PathOf(name))} to {FileName.Display(entry.LinkName)}";
        if (target.Count == 0)
        {
            throw new InvalidContentException($"{Describe()} leads to the root.");
        }
        using LayerDirectory targetParent = _tree.OpenExisting(target)
            ?? throw new InvalidContentException($"{Describe()} leads to nothing in the layer.");
        FileStatus? existing = targetParent.Descriptor.TryGetStatus(target[^1]);
        if (existing is null or { Type: FileType.Directory } or { IsOverlayWhiteout: true })
        {
            throw new InvalidContentException($"{Describe()} leads to nothing that can be linked.");
        }
        if (parent.Descriptor.TryGetStatus(name) is { } replaced)
        {
            if (replaced.Inode == existing.Value.Inode)
            {
                return;
            }
            if (replaced.Type == FileType.Directory && IsBelow(targetParent.Path, parent.PathOf(name)))
            {
                throw new InvalidContentException($"{Describe()} replaces its own target.");
            }
            Replace(parent, name, cancellationToken);
        }
        // Owner, mode and times belong to the file and were set with its first name.
        parent.Descriptor.CreateHardLink(name, targetParent.Descriptor, target[^1]);
        if (targetParent.Pending.Find(target[^1]) is { } change)
        {
            parent.Pending.Set(name, change with { Path = parent.PathOf(name) });
        }
    }

    private void MakeSymbolicLink(LayerDirectory parent, byte[] name, TarEntry entry)
    {
        if (entry.LinkName.Length is 0 or >= FileName.MaxPathLength)
        {
            throw new InvalidContentException($"The link {FileName.Display(parent.PathOf(name))} has no possible target.");
        }
        parent.Descriptor.CreateSymbolicLink(name, entry.LinkName);
        _attributes.Apply(parent, name, entry, FileType.SymbolicLink);
    }

    private void MakeNode(LayerDirectory parent, byte[] name, TarEntry entry)
    {
        FileType type = entry.Type switch
        {
            TarEntryType.CharacterDevice => FileType.CharacterDevice,
            TarEntryType.BlockDevice => FileType.BlockDevice,
            _ => FileType.Fifo,
        };
        if (type == FileType.CharacterDevice && entry is { DeviceMajor: 0, DeviceMinor: 0 })
        {
            // Some tools pack overlayfs's own whiteouts; nothing else can be meant by that device.
            parent.Descriptor.CreateWhiteout(name);
            return;
        }
        const uint maxMajor = 0xFFF;
        const uint maxMinor = 0xFFFFF;
        if (entry.DeviceMajor > maxMajor || entry.DeviceMinor > maxMinor)
        {
            throw new InvalidContentException($"The device {FileName.Display(parent.PathOf(name))} has an impossible number.");
        }
        if (type != FileType.Fifo && _ownership.Mode != OwnershipMode.Direct)
        {
            _skippedDevices++;
            return;
        }
        parent.Descriptor.CreateNode(name, type, 0, entry.DeviceMajor, entry.DeviceMinor);
        _attributes.Apply(parent, name, entry, type);
    }

    private static void Replace(LayerDirectory parent, byte[] name, CancellationToken cancellationToken)
        => LayerTree.Remove(parent, name, cancellationToken);

    private static bool IsBelow(byte[] path, byte[] directory)
        => path.AsSpan().StartsWith(directory) && (path.Length == directory.Length || path[directory.Length] == '/');

    private void Count(TarEntry entry)
    {
        if (++_entries > _limits.MaxEntries)
        {
            throw new InvalidContentException($"The layer has more than {_limits.MaxEntries} entries.");
        }
        // Both are at most long.MaxValue, and the sum so far is below the limit.
        if (entry.Size > _limits.MaxApparentSize - _apparentSize)
        {
            throw new InvalidContentException($"The files of the layer are larger than {_limits.MaxApparentSize} bytes.");
        }
        _apparentSize += entry.Size;
    }

    private void RequireMappable(TarEntry entry)
    {
        if (!_ownership.CanMap(entry.UserId, entry.GroupId))
        {
            throw new UnsupportedException(
                $"The layer has {FileName.Display(entry.Name)} of user {entry.UserId} and group {entry.GroupId}, which are outside of the ranges of this user. "
                + "Give the user larger ranges in /etc/subuid and /etc/subgid.");
        }
    }
}
