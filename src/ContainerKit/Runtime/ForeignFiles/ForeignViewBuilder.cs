using System.Collections.Immutable;
using System.Globalization;

namespace ContainerKit.Runtime;

/// <summary>Makes the skeletons of a foreign view.</summary>
/// <param name="directory">Where they are made.</param>
/// <param name="dataRoot">The engine's own files: they are not shown, and as they hold the skeletons, no layer may contain them (ELOOP).</param>
internal sealed class ForeignViewBuilder(string directory, string dataRoot)
{
    /// <summary>
    /// How deep directories are prepared below each overlay: /usr/local/bin and /var/lib/dpkg can be written to, what lies deeper can't.
    /// Every level costs time at the first start.
    /// </summary>
    private const int Levels = 2;

    private const long MaxCopiedFile = 1 << 20;
    private const UnixFileMode OwnerAccess = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly EnumerationOptions s_everything = new() { IgnoreInaccessible = true, AttributesToSkip = 0, MatchType = MatchType.Simple };

    private readonly ImmutableArray<MountEntry> _mounts = MountTable.Read();
    private readonly ImmutableArray<string> _dataRoots = MountTable.FindPathsOf(dataRoot, MountTable.Read());
    private readonly List<ForeignPart> _parts = [];

    internal ForeignView Build(string lower)
    {
        string skeleton = Directory.CreateDirectory(Path.Combine(directory, "root")).FullName;
        File.SetUnixFileMode(skeleton, Mode(new DirectoryInfo(lower)));
        if (!HasToBeDivided(lower))
        {
            Prepare(lower, skeleton, Levels + 1);
            return new ForeignView([skeleton, lower], []);
        }

        Divide(lower, skeleton, "");
        return new ForeignView([skeleton], [.. _parts]);
    }

    /// <summary>Mounts or the data root are below.</summary>
    private bool HasToBeDivided(string path)
    {
        string prefix = path == "/" ? path : path + "/";
        return _mounts.Select(m => m.Target).Concat(_dataRoots).Any(t => t.Length > prefix.Length && t.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>A directory with mounts below: its directories become parts, links and small files are copied.</summary>
    private void Divide(string lower, string skeleton, string target)
    {
        foreach (FileSystemInfo entry in Entries(lower))
        {
            string copy = Path.Combine(skeleton, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(copy, link);
            }
            else if (entry is DirectoryInfo child)
            {
                MakeDirectory(copy, child);
                DivideDirectory(child, copy, target + "/" + entry.Name);
            }
            else if (entry is FileInfo { Exists: true, Length: > 0 and <= MaxCopiedFile } file && IsReadable(file))
            {
                Copy(file, copy);
            }
        }
    }

    private void DivideDirectory(DirectoryInfo child, string skeleton, string target)
    {
        string path = child.FullName;
        bool isKernels = _mounts.LastOrDefault(m => m.Target == path) is { } mount && MountTable.IsVirtual(mount);
        if (isKernels || _dataRoots.Contains(path) || !IsReadable(child) || Entries(path).Length == 0)
        {
            return;
        }

        if (HasToBeDivided(path))
        {
            Divide(path, skeleton, target);
            return;
        }

        string part = Path.Combine(directory, _parts.Count.ToString(CultureInfo.InvariantCulture));
        MakeDirectory(part, child);
        Prepare(path, part, Levels);
        _parts.Add(new ForeignPart(target, [part, path], Mode(child)));
    }

    private static void Prepare(string lower, string skeleton, int levels)
    {
        foreach (DirectoryInfo child in Entries(lower).OfType<DirectoryInfo>())
        {
            if (child.LinkTarget is not null)
            {
                continue;
            }

            string copy = Path.Combine(skeleton, child.Name);
            MakeDirectory(copy, child);
            if (!IsReadable(child))
            {
                // What this user can't read would make the whole merged directory unreadable: it is empty inside.
                OverlayMark.Opaque(copy);
            }
            else if (levels > 1)
            {
                Prepare(child.FullName, copy, levels - 1);
            }
        }
    }

    /// <summary>What is in a directory; nothing when it was removed meanwhile, as happens in /tmp at any time.</summary>
    private static FileSystemInfo[] Entries(string path)
    {
        try
        {
            return new DirectoryInfo(path).GetFileSystemInfos("*", s_everything);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static void Copy(FileInfo file, string copy)
    {
        try
        {
            file.CopyTo(copy);
        }
        catch (FileNotFoundException)
        {
            // Removed meanwhile.
        }
    }

    private static void MakeDirectory(string path, DirectoryInfo like)
    {
        Directory.CreateDirectory(path);

        // Not through the process's umask: /tmp is open to all.
        File.SetUnixFileMode(path, Mode(like));
    }

    private static UnixFileMode Mode(DirectoryInfo like)
    {
        UnixFileMode mode = like.UnixFileMode;
        return ((int)mode >= 0 ? mode : 0) | OwnerAccess;
    }

    /// <summary>Opening is the only sure way to know; what vanishes meanwhile is not readable either.</summary>
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

    private static bool IsReadable(DirectoryInfo child)
    {
        try
        {
            using IEnumerator<string> entries = Directory.EnumerateFileSystemEntries(child.FullName).GetEnumerator();
            entries.MoveNext();
            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
