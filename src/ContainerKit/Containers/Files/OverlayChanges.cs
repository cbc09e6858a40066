using ContainerKit.Linux.Paths;
using ContainerKit.Storage;

namespace ContainerKit.Containers.Files;

/// <summary>What an upper directory changes in the layers below, by the rules of <c>docker diff</c>.</summary>
internal sealed class OverlayChanges
{
    private readonly SortedDictionary<string, FileChangeKind> _changes = new(StringComparer.Ordinal);

    /// <param name="upper">The upper directory; stays owned by the caller.</param>
    /// <param name="lower">The root of the layers below; owned by this call.</param>
    /// <param name="cancellationToken">Stops.</param>
    internal static IReadOnlyList<FileChange> Find(RootedDirectory upper, MergedDirectory lower, CancellationToken cancellationToken)
    {
        var changes = new OverlayChanges();
        var stack = new Stack<Level>();
        stack.Push(new Level(upper.OpenDirectory(default), lower, ""));
        try
        {
            while (stack.TryPop(out Level? level))
            {
                using (level)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    foreach (Level child in changes.Compare(level))
                        stack.Push(child);
                }
            }
        }
        finally
        {
            while (stack.TryPop(out Level? level))
                level.Dispose();
        }

        return [.. changes._changes.Select(change => new FileChange(change.Key, change.Value))];
    }

    private List<Level> Compare(Level level)
    {
        List<Level> children = [];
        bool isOpaque = level.Path.Length > 0 && level.Lower is not null
            && level.Upper.GetExtendedAttribute(default, OverlayAttributeNames.Default.Opaque()).AsSpan().SequenceEqual("y"u8);
        HashSet<string> present = new(StringComparer.Ordinal);
        foreach (byte[] name in level.Upper.EnumerateEntries())
        {
            string path = $"{level.Path}/{FileName.Display(name)}";
            if (level.Upper.TryGetStatus(name) is not FileStatus status)
                continue;
            MergedEntry? below = level.Lower?.Find(name);
            if (status.IsOverlayWhiteout)
            {
                if (below is not null)
                    Add(level.Path, path, FileChangeKind.Deleted);
                continue;
            }

            present.Add(path);
            if (below is null)
                Add(level.Path, path, FileChangeKind.Added);
            else if (!IsSameDirectory(status, below.Value.Status))
                _changes[path] = FileChangeKind.Modified;
            if (status.Type == FileType.Directory && level.Upper.TryOpenDirectory(name, PathResolution.NoSymbolicLinks, out _) is RootedDirectory directory)
                children.Add(new Level(directory, below is { Status.Type: FileType.Directory } entry ? level.Lower!.Open(name, entry) : null, path));
        }

        if (isOpaque)
            AddHidden(level, present);
        return children;
    }

    /// <summary>A directory that was removed and made again hides what the old one held.</summary>
    private void AddHidden(Level level, HashSet<string> present)
    {
        foreach (byte[] name in level.Lower!.EnumerateNames())
        {
            string path = $"{level.Path}/{FileName.Display(name)}";
            if (!present.Contains(path))
                Add(level.Path, path, FileChangeKind.Deleted);
        }
    }

    /// <summary>A directory in which something appears or vanishes is changed by that.</summary>
    private void Add(string parent, string path, FileChangeKind kind)
    {
        _changes[path] = kind;
        if (parent.Length > 0)
            _changes.TryAdd(parent, FileChangeKind.Modified);
    }

    /// <summary>A directory that is in the upper one only because of what is in it is no change by itself.</summary>
    private static bool IsSameDirectory(in FileStatus upper, in FileStatus lower)
        => upper.Type == FileType.Directory && lower.Type == FileType.Directory && upper.Mode == lower.Mode && upper.UserId == lower.UserId && upper.GroupId == lower.GroupId
            && upper.ModifiedSeconds == lower.ModifiedSeconds && upper.ModifiedNanoseconds == lower.ModifiedNanoseconds;

    private sealed record Level(RootedDirectory Upper, MergedDirectory? Lower, string Path) : IDisposable
    {
        public void Dispose()
        {
            Upper.Dispose();
            Lower?.Dispose();
        }
    }
}
