using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Execution;

/// <summary>
/// The layer that a COPY makes, written at once as an archive. The directories on the way to the destination come first, as they are below;
/// what is missing of them is made. Nothing is written through a link: the destination's were resolved before.
/// </summary>
/// <param name="below">The files that the layer is put on; null where it does not depend on them (--link).</param>
/// <param name="destination">The directory, or name of a file, that is copied to, without links.</param>
/// <param name="isDirectory">True: the destination is a directory, made when missing.</param>
/// <param name="options">How.</param>
internal sealed class CopyLayer(StageFiles? below, StagePath destination, bool isDirectory, CopyOptions options)
{
    private const uint NewDirectoryMode = 0x1ED; // 0755

    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> _links = [];
    private readonly HashSet<string> _madeDirectories = new(StringComparer.Ordinal);
    private MergedTreeDirectory? _existing;
    private byte[]? _existingPath;

    /// <summary>Writes the archive.</summary>
    /// <returns>The digest of what was copied, as it was read.</returns>
    /// <exception cref="ConflictException">A directory would be copied over a file, or a file over a directory.</exception>
    public async Task<string> WriteAsync(Stream output, IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken)
    {
        var writer = new TarWriter(output);
        using var digest = new CopyDigest(options);
        try
        {
            await WriteParentsAsync(writer, roots, cancellationToken).ConfigureAwait(false);
            await CopyWalk.RunAsync(roots, options.Excludes, (entry, token) => WriteAsync(writer, digest, entry, token), cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return digest.Finish();
        }
        finally
        {
            _existing?.Dispose();
        }
    }

    /// <summary>Writes only the destination, a directory: WORKDIR.</summary>
    public async Task WriteDirectoryAsync(Stream output, TarTime time, CancellationToken cancellationToken)
    {
        var writer = new TarWriter(output);
        await WriteParentsAsync(writer, time, destination.Components.Count, cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private ValueTask WriteParentsAsync(TarWriter writer, IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken)
    {
        // A directory that is copied to a name that does not exist becomes that directory, with its attributes.
        bool bringsItsOwn = roots is [{ Target.Length: 0, Entry.Status.Type: FileType.Directory }] && !isDirectory;
        int count = isDirectory ? destination.Components.Count : destination.Components.Count - 1;
        FileStatus? first = roots.Count > 0 ? roots[0].Entry.Status : null;
        TarTime time = first is { } status ? new TarTime(status.ModifiedSeconds, status.ModifiedNanoseconds) : default;
        return WriteParentsAsync(writer, time, bringsItsOwn && destination.MissingCount == 0 ? destination.Components.Count : Math.Max(0, count), cancellationToken);
    }

    private async ValueTask WriteParentsAsync(TarWriter writer, TarTime time, int count, CancellationToken cancellationToken)
    {
        for (int i = 1; i <= count; i++)
        {
            TarEntry entry = i <= destination.ExistingCount && below is not null ? Existing(i) : Missing(i, time);
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    private TarEntry Existing(int count)
    {
        using MergedTreeDirectory directory = below!.OpenDirectory(destination.Components, count)
            ?? throw new LinuxException("open", Errno.ENOTDIR, FileName.Display(Join(destination.Components, count)));
        FileStatus status = directory.TryGetStatus([]) ?? default;
        return new TarEntry
        {
            Type = TarEntryType.Directory,
            Name = [.. Join(destination.Components, count), (byte)'/'],
            LinkName = [],
            Mode = status.Mode,
            UserId = below.Owners.UserInside(status.UserId),
            GroupId = below.Owners.GroupInside(status.GroupId),
            Size = 0,
            ModifiedTime = new TarTime(status.ModifiedSeconds, status.ModifiedNanoseconds),
            Attributes = directory.ReadAttributes([], FileType.Directory),
        };
    }

    private TarEntry Missing(int count, TarTime time) => NewDirectory(Join(destination.Components, count), time);

    private TarEntry NewDirectory(byte[] path, TarTime time)
    {
        (uint user, uint group) = options.Owner ?? (0, 0);
        return new TarEntry
        {
            Type = TarEntryType.Directory,
            Name = [.. path, (byte)'/'],
            LinkName = [],
            Mode = NewDirectoryMode,
            UserId = user,
            GroupId = group,
            Size = 0,
            ModifiedTime = Clamp(time),
        };
    }

    private async ValueTask WriteAsync(TarWriter writer, CopyDigest digest, CopyEntry entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        FileStatus status = entry.Status;
        RequireReplaceable(entry.Target, status.Type);
        var time = new TarTime(status.ModifiedSeconds, status.ModifiedNanoseconds);
        await WriteParentsOfAsync(writer, entry.Target, time, cancellationToken).ConfigureAwait(false);
        switch (status.Type)
        {
            case FileType.Directory:
                digest.Add(entry, status, null);
                _madeDirectories.Add(Encoding.Latin1.GetString(entry.Target));
                bool keepsOld = entry.Target.Length == 0 && (isDirectory || destination.MissingCount == 0);
                if (!keepsOld)
                {
                    await writer.WriteEntryAsync(Describe(digest, entry, status, TarEntryType.Directory, []), cancellationToken).ConfigureAwait(false);
                }
                break;
            case FileType.Regular:
                using (SafeFileHandle? file = entry.Directory.TryOpenFile(entry.Name))
                {
                    if (file is null)
                    {
                        return;
                    }
                    status = RootedDirectory.GetStatus(file);
                    await WriteRegularAsync(writer, digest, entry, status, file, cancellationToken).ConfigureAwait(false);
                }
                break;
            case FileType.SymbolicLink:
                digest.Add(entry, status, null);
                byte[] link = entry.Directory.TryReadLink(entry.Name) ?? throw new InvalidContentException($"{FileName.Display(entry.Target)} was replaced while it was copied.");
                await writer.WriteEntryAsync(Describe(digest, entry, status, TarEntryType.SymbolicLink, link), cancellationToken).ConfigureAwait(false);
                break;
            case FileType.Fifo or FileType.CharacterDevice or FileType.BlockDevice:
                digest.Add(entry, status, null);
                TarEntryType type = status.Type switch
                {
                    FileType.Fifo => TarEntryType.Fifo,
                    FileType.CharacterDevice => TarEntryType.CharacterDevice,
                    _ => TarEntryType.BlockDevice,
                };
                await writer.WriteEntryAsync(Describe(digest, entry, status, type, []), cancellationToken).ConfigureAwait(false);
                break;
            default:
                digest.Add(entry, status, null);
                break; // a socket: tar has no type for it
        }
    }

    private async ValueTask WriteRegularAsync(
        TarWriter writer, CopyDigest digest, CopyEntry entry, FileStatus status, SafeFileHandle file, CancellationToken cancellationToken)
    {
        if (options.KeepsHardLinks && status.LinkCount > 1)
        {
            if (_links.TryGetValue((status.Device, status.Inode), out byte[]? first))
            {
                byte[] content = await LayerFileWriter.WriteAsync(new TarWriter(Stream.Null), Describe(digest, entry, status, TarEntryType.RegularFile, []), file, status, cancellationToken).ConfigureAwait(false);
                digest.Add(entry, status, content);
                await writer.WriteEntryAsync(Describe(digest, entry, status, TarEntryType.HardLink, first), cancellationToken).ConfigureAwait(false);
                return;
            }
            _links[(status.Device, status.Inode)] = PathOf(entry.Target);
        }
        byte[] hash = await LayerFileWriter.WriteAsync(writer, Describe(digest, entry, status, TarEntryType.RegularFile, []), file, status, cancellationToken).ConfigureAwait(false);
        digest.Add(entry, status, hash);
    }

    /// <summary>With --parents, the directories between the destination and the entry.</summary>
    private async ValueTask WriteParentsOfAsync(TarWriter writer, byte[] target, TarTime time, CancellationToken cancellationToken)
    {
        for (int slash = target.AsSpan().IndexOf((byte)'/'); slash > 0;)
        {
            byte[] parent = target[..slash];
            if (_madeDirectories.Add(Encoding.Latin1.GetString(parent)) && ExistingType(parent) is null)
            {
                await writer.WriteEntryAsync(NewDirectory(PathOf(parent), time), cancellationToken).ConfigureAwait(false);
            }
            int next = target.AsSpan(slash + 1).IndexOf((byte)'/');
            slash = next < 0 ? -1 : slash + 1 + next;
        }
    }

    private TarEntry Describe(CopyDigest digest, CopyEntry entry, FileStatus status, TarEntryType type, byte[] link)
    {
        (uint user, uint group) = digest.OwnerOf(status);
        byte[] name = PathOf(entry.Target);
        ReadOnlySpan<byte> last = name.AsSpan()[(name.AsSpan().LastIndexOf((byte)'/') + 1)..];
        if (last.StartsWith(".wh."u8))
        {
            throw new UnsupportedException($"{FileName.Display(entry.Target)} can't be in an image: names that begin with .wh. mark removed files there. Rename it.");
        }
        return new TarEntry
        {
            Type = type,
            Name = type == TarEntryType.Directory ? [.. name, (byte)'/'] : name,
            LinkName = link,
            Mode = type == TarEntryType.SymbolicLink ? 0x1FF : digest.ModeOf(status),
            UserId = user,
            GroupId = group,
            Size = type == TarEntryType.RegularFile ? status.Size : 0,
            ModifiedTime = Clamp(new TarTime(status.ModifiedSeconds, status.ModifiedNanoseconds)),
            DeviceMajor = status.NodeMajor,
            DeviceMinor = status.NodeMinor,
            Attributes = type == TarEntryType.HardLink ? [] : entry.Directory.ReadAttributes(entry.Name, status.Type),
        };
    }

    private TarTime Clamp(TarTime time) => options.LatestTime is { } latest && time.Seconds >= latest ? new TarTime(latest, 0) : time;

    private byte[] PathOf(byte[] target)
    {
        byte[] directory = Join(destination.Components, destination.Components.Count);
        return target.Length == 0 ? directory : directory.Length == 0 ? target : [.. directory, (byte)'/', .. target];
    }

    /// <summary>As everybody does it: a directory is merged with a directory and replaces nothing else; nothing else replaces a directory.</summary>
    private void RequireReplaceable(byte[] target, FileType type)
    {
        if (ExistingType(target) is not { } existing)
        {
            return;
        }
        if (type == FileType.Directory && existing != FileType.Directory)
        {
            throw new ConflictException($"The directory /{FileName.Display(PathOf(target))} can't be copied there: a file has that name.");
        }
        if (type != FileType.Directory && existing == FileType.Directory)
        {
            throw new ConflictException($"The file /{FileName.Display(PathOf(target))} can't be copied there: a directory has that name.");
        }
    }

    /// <summary>What is at a target below the new layer; null for nothing.</summary>
    private FileType? ExistingType(byte[] target)
    {
        if (below is null || destination.MissingCount > 0)
        {
            return null;
        }
        if (target.Length == 0)
        {
            return destination.Status?.Type;
        }
        int slash = target.AsSpan().LastIndexOf((byte)'/');
        byte[] parent = slash < 0 ? [] : target[..slash];
        if (_existingPath is null || !parent.AsSpan().SequenceEqual(_existingPath))
        {
            _existing?.Dispose();
            byte[][] components = [.. destination.Components, .. Split(parent)];
            _existing = below.OpenDirectory(components, components.Length);
            _existingPath = parent;
        }
        return _existing?.TryGetStatus(target[(slash + 1)..])?.Type;
    }

    private static IEnumerable<byte[]> Split(byte[] path)
    {
        int start = 0;
        while (start < path.Length)
        {
            int slash = path.AsSpan(start).IndexOf((byte)'/');
            int end = slash < 0 ? path.Length : start + slash;
            yield return path[start..end];
            start = end + 1;
        }
    }

    internal static byte[] Join(IReadOnlyList<byte[]> components, int count)
    {
        if (count == 0)
        {
            return [];
        }
        byte[] path = components[0];
        for (int i = 1; i < count; i++)
        {
            path = [.. path, (byte)'/', .. components[i]];
        }
        return path;
    }
}
