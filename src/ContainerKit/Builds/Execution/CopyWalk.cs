using System.Text;
using ContainerKit.Builds.Contexts;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;

namespace ContainerKit.Builds.Execution;

/// <summary>Visits everything that is copied, directories before what they hold, in order of the names' bytes.</summary>
internal static class CopyWalk
{
    /// <summary>As many components as a path can have.</summary>
    private const int MaxDepth = 2048;

    public static async Task RunAsync(
        IReadOnlyList<CopyRoot> roots, IgnoreRules excludes, Func<CopyEntry, CancellationToken, ValueTask> visit, CancellationToken cancellationToken)
    {
        foreach (CopyRoot root in roots)
        {
            byte[] target = Encoding.UTF8.GetBytes(root.Target);
            if (root.Entry.Status.Type == FileType.Directory)
            {
                ITreeDirectory directory = root.Tree.OpenDirectory(root.Entry.Path, root.Entry.Path.Count) ?? throw Vanished(root);
                try
                {
                    await VisitDirectoryAsync(directory, "", target, excludes, visit, 0, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    Close(root.Tree, directory);
                }
                continue;
            }
            ITreeDirectory parent = root.Tree.OpenDirectory(root.Entry.Path, root.Entry.Path.Count - 1) ?? throw Vanished(root);
            try
            {
                byte[] name = root.Entry.Path[^1];
                FileStatus status = parent.TryGetStatus(name) ?? throw Vanished(root);
                if (!excludes.IsIgnored(Encoding.UTF8.GetString(root.Entry.WrittenName)))
                {
                    await visit(new CopyEntry(parent, name, target, status), cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                Close(root.Tree, parent);
            }
        }
    }

    private static async ValueTask VisitDirectoryAsync(
        ITreeDirectory directory, string path, byte[] target, IgnoreRules excludes, Func<CopyEntry, CancellationToken, ValueTask> visit, int depth, CancellationToken cancellationToken)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidContentException($"Directories are nested more than {MaxDepth} deep.");
        }
        cancellationToken.ThrowIfCancellationRequested();
        FileStatus own = directory.TryGetStatus([]) ?? default;
        await visit(new CopyEntry(directory, [], target, own), cancellationToken).ConfigureAwait(false);
        List<byte[]> names = [.. directory.EnumerateNames()];
        names.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        foreach (byte[] name in names)
        {
            string full = excludes.IsEmpty ? "" : path.Length == 0 ? Encoding.UTF8.GetString(name) : $"{path}/{Encoding.UTF8.GetString(name)}";
            bool isExcluded = !excludes.IsEmpty && excludes.IsIgnored(full);
            if (directory.TryGetStatus(name) is not { } status || (isExcluded && (status.Type != FileType.Directory || !excludes.MayIncludeBelow(full))))
            {
                continue;
            }
            byte[] below = target.Length == 0 ? name : [.. target, (byte)'/', .. name];
            if (status.Type != FileType.Directory)
            {
                await visit(new CopyEntry(directory, name, below, status), cancellationToken).ConfigureAwait(false);
            }
            else if (directory.TryOpen(name) is { } child)
            {
                using (child)
                {
                    await VisitDirectoryAsync(child, full, below, excludes, visit, depth + 1, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private static void Close(SourceTree tree, ITreeDirectory directory)
    {
        if (!ReferenceEquals(directory, tree.Root))
        {
            directory.Dispose();
        }
    }

    private static NotFoundException Vanished(CopyRoot root)
        => new($"{Encoding.UTF8.GetString(root.Entry.WrittenName)} was there a moment ago and is gone: nothing may change a context while it is built.");
}
