using ContainerKit.Linux;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Unpacking;

/// <summary>
/// The directories of a layer that is being unpacked. Paths are resolved by descriptor below the layer's root; links in them are followed
/// inside of it. Missing directories are made.
/// </summary>
internal sealed class LayerTree : IDisposable
{
    /// <summary>While unpacking every directory is open to its owner only; modes are set at the end.</summary>
    private const uint WorkingMode = 0x1C0; // 0700

    private const PathResolution Real = PathResolution.NoSymbolicLinks | PathResolution.NoMountPoints;

    private readonly RootedDirectory _root;
    private readonly OverlayAttributes _overlay;
    private readonly byte[] _rootPath;
    private LayerDirectory? _cached;
    private byte[] _cachedFor = [];

    /// <summary>Takes the layer's root, which stays owned by the caller.</summary>
    public LayerTree(RootedDirectory root, OverlayAttributes overlay)
    {
        _root = root;
        _overlay = overlay;
        _rootPath = root.GetPath();
    }

    /// <summary>What is to be done to the root and below it.</summary>
    public PendingDirectory Pending { get; } = new();

    /// <summary>Opens the directory of an entry; makes what is missing. Valid until the next call.</summary>
    /// <exception cref="InvalidContentException">A component is a file or a link that leads nowhere.</exception>
    public LayerDirectory OpenParent(List<byte[]> components)
    {
        // Entries come directory by directory, so that the last one is nearly always right.
        byte[] path = LayerPath.Join(components, components.Count - 1);
        if (_cached is not null && path.AsSpan().SequenceEqual(_cachedFor))
        {
            return _cached;
        }
        // What is kept open is not outdated by replacing: only entries of that very directory are ever replaced while it is kept.
        _cached?.Dispose();
        _cached = null;
        _cached = Open(components, components.Count - 1, path);
        _cachedFor = path;
        return _cached;
    }

    /// <summary>Opens the directory of an existing entry; null when it does not exist. Links are followed inside the layer.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    public LayerDirectory? OpenExisting(List<byte[]> components)
    {
        byte[] path = LayerPath.Join(components, components.Count - 1);
        if (_root.TryOpenDirectory(path, Real, out _) is { } real)
        {
            return new LayerDirectory(real, path, PendingAt(path));
        }
        return _root.TryOpenDirectory(path, PathResolution.NoMountPoints, out _) is { } directory ? Locate(directory, path) : null;
    }

    /// <summary>Removes an entry, a directory with all that it holds.</summary>
    public static void Remove(LayerDirectory parent, byte[] name, CancellationToken cancellationToken)
    {
        FileTreeRemoval removal = FileTreeRemover.Remove(parent.Descriptor, name, cancellationToken);
        if (!removal.IsComplete)
        {
            throw removal.Failures[0];
        }
        parent.Pending.Forget(name);
    }

    /// <summary>Makes a directory in place of nothing or of a whiteout, which makes it hide what is below (opaque).</summary>
    public void MakeDirectory(LayerDirectory parent, byte[] name, FileStatus? existing)
    {
        if (existing is not null)
        {
            parent.Descriptor.RemoveFile(name);
        }
        parent.Descriptor.CreateDirectory(name, WorkingMode);
        parent.Pending.Forget(name);
        parent.Pending.Open(name);
        if (existing is { IsOverlayWhiteout: true })
        {
            MarkOpaque(parent, name);
        }
    }

    /// <summary>Marks a directory as one that hides what is below it in other layers.</summary>
    public void MarkOpaque(LayerDirectory parent, ReadOnlySpan<byte> name)
        => parent.Descriptor.SetExtendedAttribute(name, _overlay.Opaque(), "y"u8);

    /// <inheritdoc/>
    public void Dispose() => _cached?.Dispose();

    private LayerDirectory Open(List<byte[]> components, int count, byte[] path)
    {
        if (_root.TryOpenDirectory(path, Real, out _) is { } directory)
        {
            return new LayerDirectory(directory, path, PendingAt(path));
        }
        var current = new LayerDirectory(_root.OpenDirectory(default), [], Pending);
        try
        {
            for (int i = 0; i < count; i++)
            {
                LayerDirectory next = Step(current, components[i]);
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

    private LayerDirectory Step(LayerDirectory current, byte[] name)
    {
        FileStatus? status = current.Descriptor.TryGetStatus(name);
        if (status?.Type == FileType.SymbolicLink)
        {
            return Follow(current.PathOf(name));
        }
        if (status is null or { IsOverlayWhiteout: true })
        {
            MakeDirectory(current, name, status);
        }
        else if (status.Value.Type != FileType.Directory)
        {
            throw new InvalidContentException($"The layer has an entry below {FileName.Display(current.PathOf(name))}, which is no directory.");
        }
        RootedDirectory directory = current.Descriptor.OpenDirectory(name, Real);
        return new LayerDirectory(directory, current.PathOf(name), current.Pending.Open(name));
    }

    private LayerDirectory Follow(byte[] path)
    {
        RootedDirectory? directory = _root.TryOpenDirectory(path, PathResolution.NoMountPoints, out Errno reason)
            ?? throw new InvalidContentException($"The layer has an entry below {FileName.Display(path)}, a link that leads to no directory of the layer ({reason}).");
        return Locate(directory, path);
    }

    /// <summary>Finds out where a path with links has led.</summary>
    private LayerDirectory Locate(RootedDirectory directory, byte[] path)
    {
        byte[] real = directory.GetPath();
        if (!real.AsSpan().StartsWith(_rootPath) || (real.Length > _rootPath.Length && real[_rootPath.Length] != '/'))
        {
            // Impossible with RESOLVE_IN_ROOT, unless somebody moves the staging directory.
            directory.Dispose();
            throw new InvalidContentException($"The path {FileName.Display(path)} leads out of the layer.");
        }
        byte[] inside = real.Length == _rootPath.Length ? [] : real[(_rootPath.Length + 1)..];
        return new LayerDirectory(directory, inside, PendingAt(inside));
    }

    private PendingDirectory PendingAt(byte[] path)
    {
        PendingDirectory pending = Pending;
        if (path.Length > 0)
        {
            foreach (Range range in path.AsSpan().Split((byte)'/'))
            {
                pending = pending.Open(path[range]);
            }
        }
        return pending;
    }
}
