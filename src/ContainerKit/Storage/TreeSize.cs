using ContainerKit.Linux;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage;

/// <summary>Sums up the content of the files of a tree, which may change meanwhile and hold whatever a container made.</summary>
internal static class TreeSize
{
    private const int MaxPath = 4000;

    /// <summary>Measures a tree. Links are not followed; a file with several names counts once.</summary>
    /// <param name="root">The tree; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Bytes. Without what lies deeper than a path of the kernel can say, 4096 bytes.</returns>
    public static long Measure(RootedDirectory root, CancellationToken cancellationToken)
    {
        long size = 0;
        var seen = new HashSet<ulong>();

        // Paths instead of open directories: the depth of the tree must not decide how many descriptors are open.
        var pending = new Stack<byte[]>([[]]);
        while (pending.TryPop(out byte[]? path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using RootedDirectory? directory = root.TryOpenDirectory(path, PathResolution.NoSymbolicLinks, out Errno _);
            foreach (byte[] name in directory?.EnumerateEntries() ?? [])
            {
                if (directory!.TryGetStatus(name) is not { } status)
                {
                    continue;
                }
                if (status.Type == FileType.Directory)
                {
                    if (path.Length + name.Length < MaxPath)
                    {
                        pending.Push(path.Length == 0 ? name : [.. path, (byte)'/', .. name]);
                    }
                }
                else if (status.Type == FileType.Regular && (status.LinkCount == 1 || seen.Add(status.Inode)))
                {
                    size += status.Size;
                }
            }
        }
        return size;
    }
}
