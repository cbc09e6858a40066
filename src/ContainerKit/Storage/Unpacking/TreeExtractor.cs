using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Unpacking;

/// <summary>
/// Unpacks an archive into a tree that exists and that somebody hostile may be changing at the same time (CVE-2018-15664): everything is
/// done by descriptor, and attributes are set on what was made, not on what has its name by then.
/// </summary>
/// <remarks>Directories are merged and get the archive's attributes; everything else is replaced. The target itself keeps its attributes.</remarks>
/// <param name="root">What the tree's links are resolved in.</param>
/// <param name="target">The directory that is unpacked into, in the root.</param>
/// <param name="targetPath">Its path below the root, for going through links.</param>
/// <param name="options">How.</param>
/// <param name="limits">Bounds.</param>
internal sealed class TreeExtractor(RootedDirectory root, RootedDirectory target, byte[] targetPath, ExtractionOptions options, LayerLimits limits) : ITarReceiver, IDisposable
{
    private const uint ImplicitDirectoryMode = 0x1ED; // 0755
    private const uint WorkingDirectoryMode = 0x1C0; // 0700
    private const uint WorkingFileMode = 0x180; // 0600

    private readonly List<(List<byte[]> Path, TarEntry Entry)> _directories = [];
    private readonly ExtractedAttributes _attributes = new(options);
    private RootedDirectory? _parent;
    private byte[] _parentPath = [];
    private long _entries;
    private long _size;

    /// <summary>Unpacks everything.</summary>
    /// <exception cref="InvalidContentException">The archive is malformed, hostile or beyond a limit.</exception>
    /// <exception cref="ConflictException">A directory would replace something else, or the reverse, and types are to be kept.</exception>
    /// <exception cref="UnsupportedException">A device, or an owner that can't be had.</exception>
    public async Task ExtractAsync(TarReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            await AddAsync(entry, reader, cancellationToken).ConfigureAwait(false);
        }
        Complete(cancellationToken);
    }

    /// <summary>Unpacks one entry; <see cref="Complete"/> follows the last one.</summary>
    /// <exception cref="InvalidContentException">The entry is malformed, hostile or beyond a limit.</exception>
    /// <exception cref="ConflictException">A directory would replace something else, or the reverse, and types are to be kept.</exception>
    /// <exception cref="UnsupportedException">A device, or an owner that can't be had.</exception>
    public async ValueTask AddAsync(TarEntry entry, ITarContent? content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Count(entry);
        List<byte[]> path = LayerPath.Split(entry.Name, limits);
        if (path.Count > 0)
        {
            await MakeAsync(path, entry, content, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the directories their attributes, which what was made in them would have changed.</summary>
    public void Complete(CancellationToken cancellationToken)
    {
        for (int i = _directories.Count - 1; i >= 0; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (List<byte[]> path, TarEntry entry) = _directories[i];
            using RootedDirectory? directory = target.TryOpenDirectory(LayerPath.Join(path, path.Count), PathResolution.NoSymbolicLinks, out _)
                ?? (options.FollowsLinks ? OpenThroughLinks(path, path.Count) : null);
            if (directory is not null)
            {
                // Otherwise whoever owns the tree has removed it meanwhile.
                _attributes.Apply(directory, default, entry, FileType.Directory);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parent?.Dispose();

    private async ValueTask MakeAsync(List<byte[]> path, TarEntry entry, ITarContent? content, CancellationToken cancellationToken)
    {
        RootedDirectory parent = OpenParent(path);
        byte[] name = path[^1];
        if (entry.Type == TarEntryType.Directory)
        {
            MakeDirectory(parent, path, entry, cancellationToken);
            return;
        }
        if (entry.Type == TarEntryType.HardLink)
        {
            MakeHardLink(parent, path, entry, cancellationToken);
            return;
        }
        _attributes.RequirePossible(entry);
        if (entry.Type == TarEntryType.RegularFile)
        {
            using SafeFileHandle file = CreateFile(parent, path, entry, cancellationToken);
            await WriteAsync(file, entry, content, cancellationToken).ConfigureAwait(false);
            _attributes.Apply(parent.OfFile(file), default, entry, FileType.Regular);
            return;
        }
        Replace(parent, path, entry, cancellationToken);
        FileType type = MakeSpecial(parent, name, entry);
        _attributes.Apply(parent, name, entry, type);
    }

    private SafeFileHandle CreateFile(RootedDirectory parent, List<byte[]> path, TarEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            return parent.CreateFile(path[^1], WorkingFileMode);
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            // Asking first would cost a system call for every file; replacing is rarer.
            Replace(parent, path, entry, cancellationToken);
            return parent.CreateFile(path[^1], WorkingFileMode);
        }
    }

    private static FileType MakeSpecial(RootedDirectory parent, byte[] name, TarEntry entry)
    {
        if (entry.Type == TarEntryType.SymbolicLink)
        {
            if (entry.LinkName.Length is 0 or >= FileName.MaxPathLength)
            {
                throw new InvalidContentException($"The link {FileName.Display(entry.Name)} has no possible target.");
            }
            parent.CreateSymbolicLink(name, entry.LinkName);
            return FileType.SymbolicLink;
        }
        FileType type = entry.Type switch
        {
            TarEntryType.CharacterDevice => FileType.CharacterDevice,
            TarEntryType.BlockDevice => FileType.BlockDevice,
            _ => FileType.Fifo,
        };
        const uint maxMajor = 0xFFF;
        const uint maxMinor = 0xFFFFF;
        if (entry.DeviceMajor > maxMajor || entry.DeviceMinor > maxMinor)
        {
            throw new InvalidContentException($"The device {FileName.Display(entry.Name)} has an impossible number.");
        }
        parent.CreateNode(name, type, 0, entry.DeviceMajor, entry.DeviceMinor);
        return type;
    }

    private void MakeDirectory(RootedDirectory parent, List<byte[]> path, TarEntry entry, CancellationToken cancellationToken)
    {
        _attributes.RequirePossible(entry);
        if (parent.TryGetStatus(path[^1]) is not { Type: FileType.Directory })
        {
            Replace(parent, path, entry, cancellationToken);
            parent.CreateDirectory(path[^1], WorkingDirectoryMode);
        }
        // Its time would be changed by what is put into it, and its mode may forbid that.
        _directories.Add((path, entry));
    }

    private void MakeHardLink(RootedDirectory parent, List<byte[]> path, TarEntry entry, CancellationToken cancellationToken)
    {
        List<byte[]> linked = LayerPath.Split(entry.LinkName, limits);
        string Describe() => $"The hard link {FileName.Display(entry.Name)} to {FileName.Display(entry.LinkName)}";
        if (linked.Count == 0)
        {
            throw new InvalidContentException($"{Describe()} leads to the root.");
        }
        using RootedDirectory? directory = target.TryOpenDirectory(LayerPath.Join(linked, linked.Count - 1), PathResolution.NoSymbolicLinks, out _);
        FileStatus existing = directory?.TryGetStatus(linked[^1]) ?? throw new InvalidContentException($"{Describe()} leads to nothing.");
        if (existing.Type == FileType.Directory)
        {
            throw new InvalidContentException($"{Describe()} leads to a directory.");
        }
        if (parent.TryGetStatus(path[^1]) is { } replaced && replaced.Inode == existing.Inode && replaced.Device == existing.Device)
        {
            return;
        }
        Replace(parent, path, entry, cancellationToken);
        parent.CreateHardLink(path[^1], directory, linked[^1]);
    }

    /// <summary>Removes what has the name, with everything in it.</summary>
    private void Replace(RootedDirectory parent, List<byte[]> path, TarEntry entry, CancellationToken cancellationToken)
    {
        if (parent.TryGetStatus(path[^1]) is not { } existing)
        {
            return;
        }
        bool wasDirectory = existing.Type == FileType.Directory;
        if (options.KeepsTypes && wasDirectory != (entry.Type == TarEntryType.Directory))
        {
            string name = FileName.Display(LayerPath.Join(path, path.Count));
            throw new ConflictException(wasDirectory
                ? $"cannot overwrite directory \"{name}\" with non-directory \"{name}\""
                : $"cannot overwrite non-directory \"{name}\" with directory \"{name}\"");
        }
        if (!wasDirectory)
        {
            parent.RemoveFile(path[^1]);
            return;
        }
        FileTreeRemoval removal = FileTreeRemover.Remove(parent, path[^1], cancellationToken);
        if (!removal.IsComplete)
        {
            throw removal.Failures.Count > 0 ? removal.Failures[0] : new LinuxException("unlinkat", Errno.EBUSY, FileName.Display(path[^1]));
        }
    }

    private static async ValueTask WriteAsync(SafeFileHandle file, TarEntry entry, ITarContent? content, CancellationToken cancellationToken)
    {
        long end = 0;
        while (content is not null && await content.ReadDataAsync(cancellationToken).ConfigureAwait(false) is { } data)
        {
            end = Math.Max(end, SparseWrite.Write(file, data.Content.Span, data.Offset));
        }
        SparseWrite.Complete(file, end, entry.Size);
    }

    /// <summary>The directory of an entry, valid until the next call; what is missing of it is made.</summary>
    private RootedDirectory OpenParent(List<byte[]> path)
    {
        byte[] parentPath = LayerPath.Join(path, path.Count - 1);
        if (_parent is not null && parentPath.AsSpan().SequenceEqual(_parentPath))
        {
            return _parent;
        }
        _parent?.Dispose();
        _parent = null;
        _parent = target.TryOpenDirectory(parentPath, PathResolution.NoSymbolicLinks, out _) ?? MakeParents(path);
        _parentPath = parentPath;
        return _parent;
    }

    private RootedDirectory MakeParents(List<byte[]> path)
    {
        RootedDirectory current = target.OpenDirectory(default);
        try
        {
            for (int i = 0; i < path.Count - 1; i++)
            {
                RootedDirectory next = Step(current, path, i);
                current.Dispose();
                current = next;
            }
            return current;
        }
        catch
        {
            current.Dispose();
            throw;
        }
    }

    private RootedDirectory Step(RootedDirectory current, List<byte[]> path, int index)
    {
        byte[] name = path[index];
        FileStatus? status = current.TryGetStatus(name);
        if (status is { Type: FileType.SymbolicLink } && options.FollowsLinks)
        {
            return OpenThroughLinks(path, index + 1)
                ?? throw new InvalidContentException($"The archive has an entry below {FileName.Display(LayerPath.Join(path, index + 1))}, a link that leads to no directory.");
        }
        if (status is null)
        {
            current.CreateDirectory(name, WorkingDirectoryMode);
            RootedDirectory made = current.OpenDirectory(name, PathResolution.NoSymbolicLinks);
            _attributes.ApplyImplicit(made, ImplicitDirectoryMode);
            return made;
        }
        return current.TryOpenDirectory(name, PathResolution.NoSymbolicLinks, out _)
            ?? throw new InvalidContentException($"The archive has an entry below {FileName.Display(LayerPath.Join(path, index + 1))}, which is no directory.");
    }

    private RootedDirectory? OpenThroughLinks(List<byte[]> path, int count)
        => root.TryOpenDirectory([.. targetPath, (byte)'/', .. LayerPath.Join(path, count)], PathResolution.None, out _);

    private void Count(TarEntry entry)
    {
        if (++_entries > limits.MaxEntries)
        {
            throw new InvalidContentException($"The archive has more than {limits.MaxEntries} entries.");
        }
        if (entry.Size > limits.MaxApparentSize - _size)
        {
            throw new InvalidContentException($"The files of the archive are larger than {limits.MaxApparentSize} bytes.");
        }
        _size += entry.Size;
    }
}
