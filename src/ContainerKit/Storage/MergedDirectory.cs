using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage;

/// <summary>A directory as overlayfs shows it: those layers' directories of one path that are not hidden, topmost first, by descriptor.</summary>
internal sealed class MergedDirectory : IDisposable
{
    private readonly OverlayAttributes _attributes;
    private readonly List<Part> _parts;

    private MergedDirectory(OverlayAttributes attributes, List<Part> parts)
    {
        _attributes = attributes;
        _parts = parts;
    }

    /// <summary>The root: the layers themselves, topmost first.</summary>
    public static MergedDirectory OpenRoot(IReadOnlyList<RootedDirectory> layers, OverlayAttributes attributes)
    {
        var root = new MergedDirectory(attributes, []);
        try
        {
            for (int i = 0; i < layers.Count; i++)
            {
                // The mount at a layer's root is the layer; mounts further down are not part of it, as in overlayfs.
                if (root.Add(layers[i].OpenDirectory(default), i))
                {
                    break;
                }
            }
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>The root itself as an entry; only for what <see cref="OpenRoot"/> returned.</summary>
    public MergedEntry Self() => new(_parts[0].Directory.GetStatus(default), _parts[0].Layer, 0);

    /// <summary>Looks an entry up. Null when there is none or a whiteout hides it.</summary>
    public MergedEntry? Find(ReadOnlySpan<byte> name)
    {
        // Longer names can't exist; the kernel would answer ENAMETOOLONG.
        if (name.Length > FileName.MaxLength)
        {
            return null;
        }
        for (int i = 0; i < _parts.Count; i++)
        {
            if (_parts[i].Directory.TryGetStatus(name) is { } status)
            {
                return IsWhiteout(_parts[i], name, status) ? null : new MergedEntry(status, _parts[i].Layer, i);
            }
        }
        return null;
    }

    /// <summary>Opens a directory that <see cref="Find"/> found, with those that it is merged with.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    public MergedDirectory Open(ReadOnlySpan<byte> name, MergedEntry entry)
    {
        var merged = new MergedDirectory(_attributes, []);
        try
        {
            for (int i = entry.Part; i < _parts.Count; i++)
            {
                if (_parts[i].Directory.TryGetStatus(name) is not { } status)
                {
                    continue;
                }
                if (status.Type != FileType.Directory)
                {
                    break;
                }
                RootedDirectory? directory = _parts[i].Directory.TryOpenDirectory(
                    name, PathResolution.NoSymbolicLinks | PathResolution.NoMountPoints, out Errno reason);
                if (directory is null && reason == Errno.EXDEV)
                {
                    // A mount point: overlayfs shows what is below the mount, which can't be reached; almost always an empty directory.
                    continue;
                }
                if (directory is null || merged.Add(directory, _parts[i].Layer))
                {
                    break;
                }
            }
            return merged;
        }
        catch
        {
            merged.Dispose();
            throw;
        }
    }

    /// <summary>Where a link that <see cref="Find"/> found points to.</summary>
    public byte[] ReadLink(ReadOnlySpan<byte> name, MergedEntry entry) => _parts[entry.Part].Directory.ReadSymbolicLink(name);

    /// <summary>Opens a regular file that <see cref="Find"/> found, for reading.</summary>
    /// <returns>The file, owned by the caller; null when it is no regular file (any more), or is mounted from elsewhere.</returns>
    public Microsoft.Win32.SafeHandles.SafeFileHandle? OpenFile(ReadOnlySpan<byte> name, MergedEntry entry)
    {
        try
        {
            return _parts[entry.Part].Directory.OpenRegularFile(name, PathResolution.NoSymbolicLinks | PathResolution.NoMountPoints);
        }
        catch (LinuxException e) when (e.Errno is Errno.EXDEV or Errno.ELOOP or Errno.ENOENT)
        {
            return null;
        }
    }

    /// <summary>The names of the entries that are not hidden, each once, in no order.</summary>
    public IEnumerable<byte[]> EnumerateNames()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Part part in _parts)
        {
            foreach (byte[] name in part.Directory.EnumerateEntries())
            {
                // Also for a whiteout, which hides the name in the parts below. Latin-1 maps every byte to one character.
                bool isFirst = seen.Add(System.Text.Encoding.Latin1.GetString(name));
                if (isFirst && part.Directory.TryGetStatus(name) is { } status && !IsWhiteout(part, name, status))
                {
                    yield return name;
                }
            }
        }
    }

    /// <summary>The extended attributes of an entry that belong into an archive.</summary>
    public IReadOnlyList<TarAttribute> ReadAttributes(ReadOnlySpan<byte> name, MergedEntry entry)
        => PackedAttributes.Read(_parts[entry.Part].Directory, name, entry.Status.Type);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Part part in _parts)
        {
            part.Directory.Dispose();
        }
    }

    /// <summary>Adds a directory; true when it hides those of the layers below.</summary>
    private bool Add(RootedDirectory directory, int layer)
    {
        byte[]? opaque = null;
        try
        {
            opaque = directory.GetExtendedAttribute(default, _attributes.Opaque());
        }
        finally
        {
            bool holdsWhiteoutFiles = opaque.AsSpan().SequenceEqual("x"u8);
            _parts.Add(new Part(directory, layer, holdsWhiteoutFiles));
        }
        return opaque.AsSpan().SequenceEqual("y"u8);
    }

    private bool IsWhiteout(Part part, ReadOnlySpan<byte> name, FileStatus status)
        => status.IsOverlayWhiteout
           || (part.HoldsWhiteoutFiles && status is { Type: FileType.Regular, Size: 0 }
               && part.Directory.GetExtendedAttribute(name, _attributes.Whiteout()) is not null);

    private readonly record struct Part(RootedDirectory Directory, int Layer, bool HoldsWhiteoutFiles);
}

/// <summary>An entry of a <see cref="MergedDirectory"/>.</summary>
/// <param name="Status">Its attributes, in the topmost layer that has it.</param>
/// <param name="Layer">Index of that layer, 0 is the topmost.</param>
/// <param name="Part">Index of that layer's directory in the merged one.</param>
internal readonly record struct MergedEntry(FileStatus Status, int Layer, int Part);
