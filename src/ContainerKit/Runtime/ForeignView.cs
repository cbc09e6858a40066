using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Runtime;

/// <summary>
/// Makes a directory tree of another user, such as this machine's own <c>/</c>, usable as the root of a rootless container. Two rules of
/// the kernel are in the way of a plain overlay:
/// a directory with mounts below it can't be a layer in a user namespace (the mounts are locked, mount_namespaces(7); EINVAL), so each
/// directory that has none becomes an overlay of its own;
/// and nothing that belongs to an unmapped user is copied up (EOVERFLOW, CVE-2023-0386), so directories are made in the upper layer in
/// advance, where they need no copy. Existing files of other users can be replaced then, but not changed in place.
/// </summary>
internal sealed class ForeignView
{
    private const int PreparedLevels = 1;
    private const long MaxCopiedFile = 1 << 20;

    private readonly RuntimeRoot _root;
    private readonly string _directory;
    private readonly ImmutableArray<MountEntry> _mounts;
    private readonly List<RootPart> _parts = [];

    private ForeignView(RuntimeRoot root, ImmutableArray<MountEntry> mounts)
    {
        _root = root;
        _mounts = mounts;
        _directory = Path.Combine(Path.GetDirectoryName(root.Upper)!, "parts");
    }

    /// <summary>The overlays for a root; itself where nothing has to be done.</summary>
    internal static RootLayout Arrange(RuntimeRoot root, UserNamespace userNamespace)
    {
        if (root.Lower is not [var lower] || BelongsToThisUser(lower, userNamespace))
        {
            return new RootLayout(root, []);
        }

        ImmutableArray<MountEntry> mounts = MountTable.Read();
        if (!mounts.Any(m => IsBelow(m.Target, lower)))
        {
            PrepareUpper(lower, root.Upper, PreparedLevels + 1);
            return new RootLayout(root, []);
        }

        ForeignView view = new(root, mounts);
        string skeleton = Directory.CreateDirectory(Path.Combine(view._directory, "root")).FullName;
        view.Divide(lower, skeleton, "");
        return new RootLayout(root with { Lower = [skeleton] }, [.. view._parts]);
    }

    private static bool BelongsToThisUser(string path, UserNamespace userNamespace)
    {
        using RootedDirectory directory = RootedDirectory.Open(path);
        return directory.GetStatus(default).UserId == userNamespace.Map.Users[0].Outside;
    }

    private static bool IsBelow(string path, string directory)
        => path.Length > directory.Length && path.StartsWith(directory, StringComparison.Ordinal) && (directory == "/" || path[directory.Length] == '/');

    private void Divide(string lower, string skeleton, string target)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(lower).EnumerateFileSystemInfos("*", Everything))
        {
            string copy = Path.Combine(skeleton, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                if (!Path.Exists(copy) && new FileInfo(copy).LinkTarget is null)
                {
                    File.CreateSymbolicLink(copy, link);
                }
            }
            else if (entry is DirectoryInfo directory)
            {
                MakeDirectory(copy, directory);
                DivideDirectory(directory, copy, target + "/" + entry.Name);
            }
            else if (entry is FileInfo { Length: <= MaxCopiedFile } file && IsRegular(file) && !File.Exists(copy) && IsReadable(file))
            {
                file.CopyTo(copy);
            }
        }
    }

    private void DivideDirectory(DirectoryInfo directory, string skeleton, string target)
    {
        string path = directory.FullName;
        bool isKernels = _mounts.LastOrDefault(m => m.Target == path) is { } mount && MountTable.IsVirtual(mount);
        if (isKernels || !IsReadable(directory))
        {
            return;
        }

        if (_mounts.Any(m => IsBelow(m.Target, path)))
        {
            Divide(path, skeleton, target);
            return;
        }

        string part = Path.Combine(_directory, _parts.Count.ToString(CultureInfo.InvariantCulture));
        string upper = Path.Combine(part, "upper");
        string work = Directory.CreateDirectory(Path.Combine(part, "work")).FullName;
        MakeDirectory(upper, directory);
        PrepareUpper(path, upper, PreparedLevels);
        _parts.Add(new RootPart(target, _root with { Lower = [path], Upper = upper, Work = work }));
    }

    private static void PrepareUpper(string lower, string upper, int levels)
    {
        foreach (DirectoryInfo directory in new DirectoryInfo(lower).EnumerateDirectories("*", Everything))
        {
            string copy = Path.Combine(upper, directory.Name);
            if (directory.LinkTarget is not null || Path.Exists(copy))
            {
                continue;
            }

            MakeDirectory(copy, directory);
            if (!IsReadable(directory))
            {
                // What this user can't read would make the whole merged directory unreadable: it is empty inside.
                OverlayMark.Opaque(copy);
            }
            else if (levels > 1)
            {
                PrepareUpper(directory.FullName, copy, levels - 1);
            }
        }
    }

    private static EnumerationOptions Everything => new() { IgnoreInaccessible = true, AttributesToSkip = 0, MatchType = MatchType.Simple };

    private static void MakeDirectory(string path, DirectoryInfo like)
    {
        UnixFileMode mode = like.UnixFileMode;
        Directory.CreateDirectory(path);
        if ((int)mode >= 0)
        {
            // Not through the process's umask: /tmp is open to all.
            File.SetUnixFileMode(path, mode | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static bool IsRegular(FileInfo file) => (file.Attributes & (FileAttributes.Device | FileAttributes.ReparsePoint)) == 0;

    private static bool IsReadable(FileInfo file)
    {
        try
        {
            using FileStream stream = file.OpenRead();
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    private static bool IsReadable(DirectoryInfo directory)
    {
        try
        {
            using IEnumerator<string> entries = Directory.EnumerateFileSystemEntries(directory.FullName).GetEnumerator();
            entries.MoveNext();
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
