using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime;

/// <summary>
/// Makes directories of users who don't exist in the user namespace usable. overlayfs refuses to copy up what belongs to an unmapped user
/// (EOVERFLOW, CVE-2023-0386), so in a view of the host's own files, where almost everything belongs to the host's root, nothing could be
/// written at all. Directories that stand in the upper layer already need no copy: this makes the upper two levels there.
/// </summary>
internal static class RootlessUpper
{
    private const int Levels = 2;

    internal static void Prepare(RuntimeRoot root, UserNamespace? userNamespace)
    {
        // Only a single directory that is not a layer of ours: layers are unpacked by this user.
        if (userNamespace is null || root.Lower is not [var lower] || IsMadeByUs(lower, root))
        {
            return;
        }

        Copy(lower, root.Upper, Levels);
    }

    private static bool IsMadeByUs(string lower, RuntimeRoot root)
        => Path.GetDirectoryName(lower) == Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(root.Upper)))!, "layers");

    private static void Copy(string lower, string upper, int levels)
    {
        foreach (DirectoryInfo directory in Readable(lower))
        {
            string copy = Path.Combine(upper, directory.Name);
            if (directory.LinkTarget is not null || Directory.Exists(copy))
            {
                continue;
            }

            Directory.CreateDirectory(copy, directory.UnixFileMode | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            // The process's umask may have cut it: /tmp is open to all.
            File.SetUnixFileMode(copy, directory.UnixFileMode | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!IsReadable(directory.FullName))
            {
                // What this user can't read would make the whole merged directory unreadable: it is empty inside.
                OverlayMark.Opaque(copy);
            }
            else if (levels > 1)
            {
                Copy(directory.FullName, copy, levels - 1);
            }
        }
    }

    private static IEnumerable<DirectoryInfo> Readable(string path)
        => new DirectoryInfo(path).EnumerateDirectories("*", new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 });

    private static bool IsReadable(string path)
    {
        try
        {
            using IEnumerator<string> entries = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
            entries.MoveNext();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
