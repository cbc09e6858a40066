using System.Formats.Tar;
using System.Text;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Cli.Containers;

/// <summary>
/// Files of this machine as archives. What comes out of a container is not to be trusted: nothing is written outside of the directory, and through no
/// symbolic link that the archive may have made.
/// </summary>
internal static class LocalFiles
{
    private const UnixFileMode Permissions = (UnixFileMode)0xFFF;

    /// <summary>Writes a file or a tree as an archive.</summary>
    /// <param name="output">Gets the archive.</param>
    /// <param name="source">The path.</param>
    /// <param name="name">Its name in the archive; null: what is in the directory, without itself.</param>
    /// <param name="follow">True: a link is what it leads to; only the path itself, nothing below it.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task PackAsync(Stream output, string source, string? name, bool follow, CancellationToken cancellationToken)
    {
        string path = source.EndsWith("/.", StringComparison.Ordinal) ? source[..^1] : source;
        if (follow && File.ResolveLinkTarget(path.TrimEnd('/'), returnFinalTarget: true) is { } final)
            path = final.FullName;
        var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
        {
            bool isDirectory = Directory.Exists(path) && (path.EndsWith('/') || new DirectoryInfo(path).LinkTarget is null);
            if (name is not null)
                await tar.WriteEntryAsync(isDirectory ? path : path.TrimEnd('/'), name, cancellationToken).ConfigureAwait(false);
            if (isDirectory)
                await PackTreeAsync(tar, new DirectoryInfo(path), name is null ? "" : $"{name}/", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what is in an archive, whose first name is that of what was asked for.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="directory">Where.</param>
    /// <param name="name">The name that it gets; null: what is in it goes into the directory itself.</param>
    /// <param name="keepOwners">True: owners are kept, as far as this user may do that.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task ExtractAsync(Stream archive, string directory, string? name, bool keepOwners, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
            throw new IOException($"no such directory: {directory}");
        var tar = new TarReader(archive, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
        {
            string? first = null;
            List<(string Path, TarEntry Entry)> directories = [];
            while (await tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
            {
                string inside = Clean(entry.Name);
                first ??= inside.Split('/')[0];
                string? path = Locate(directory, Rename(inside, first, name));
                if (path is null)
                    continue;
                if (entry.EntryType == TarEntryType.Directory)
                    directories.Add((path, entry));
                string? target = entry.EntryType == TarEntryType.HardLink ? Locate(directory, Rename(Clean(entry.LinkName), first, name)) : null;
                await WriteAsync(path, entry, target, cancellationToken).ConfigureAwait(false);
                if (keepOwners)
                    SetOwner(path, entry);
            }

            // Last: a directory that nobody may write to would take no files.
            directories.Reverse();
            foreach ((string path, TarEntry entry) in directories)
            {
                File.SetUnixFileMode(path, entry.Mode & Permissions);
                Directory.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
            }
        }

        // What the archive has behind its end is padding; the engine is done when it is read.
        await archive.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
    }

    private static async Task PackTreeAsync(TarWriter tar, DirectoryInfo directory, string prefix, CancellationToken cancellationToken)
    {
        foreach (FileSystemInfo each in directory.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }).OrderBy(each => each.Name, StringComparer.Ordinal))
        {
            await tar.WriteEntryAsync(each.FullName, $"{prefix}{each.Name}", cancellationToken).ConfigureAwait(false);
            if (each is DirectoryInfo { LinkTarget: null } inner)
                await PackTreeAsync(tar, inner, $"{prefix}{each.Name}/", cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Clean(string name)
    {
        string clean = name.TrimStart('.').Length == 0 ? "" : name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        return clean.Trim('/');
    }

    private static string Rename(string inside, string first, string? name)
    {
        string rest = first.Length == 0 || inside == first ? inside == first ? "" : inside : inside.StartsWith($"{first}/", StringComparison.Ordinal) ? inside[(first.Length + 1)..] : inside;
        return name is null ? rest : rest.Length == 0 ? name : $"{name}/{rest}";
    }

    /// <summary>A path below the directory, none of whose directories is a symbolic link; null for the directory itself.</summary>
    private static string? Locate(string directory, string inside)
    {
        string[] segments = inside.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length == 0)
            return null;
        string path = directory;
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i] is "." or "..")
                throw new IOException($"The archive has a path that leads elsewhere: {inside}");
            path = Path.Combine(path, segments[i]);
            if (i < segments.Length - 1 && new FileInfo(path).LinkTarget is not null)
                throw new IOException($"The archive writes through a symbolic link: {inside}");
        }

        return path;
    }

    private static async Task WriteAsync(string path, TarEntry entry, string? hardLinkTarget, CancellationToken cancellationToken)
    {
        if (entry.EntryType == TarEntryType.Directory)
        {
            if (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
                throw new IOException($"cannot overwrite non-directory {path} with a directory");
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }

        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            throw new IOException($"cannot overwrite directory {path} with a file");
        File.Delete(path);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
                var file = new FileStream(path, options);
                await using (file.ConfigureAwait(false))
                {
                    if (entry.DataStream is not null)
                        await entry.DataStream.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                }

                File.SetUnixFileMode(path, entry.Mode & Permissions);
                File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
                break;
            case TarEntryType.SymbolicLink:
                File.CreateSymbolicLink(path, entry.LinkName);
                break;
            case TarEntryType.HardLink:
                // Of a file that came before, and that is no link.
                if (hardLinkTarget is null || new FileInfo(hardLinkTarget) is not { Exists: true, LinkTarget: null })
                    throw new IOException($"The archive links {entry.Name} to a file that it has not: {entry.LinkName}");
                File.Copy(hardLinkTarget, path);
                break;
            default:
                throw new IOException($"{entry.Name} is neither a file nor a directory nor a link: it can't be copied here.");
        }
    }

    private static void SetOwner(string path, TarEntry entry)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        using RootedDirectory directory = RootedDirectory.Open(Path.GetDirectoryName(Path.GetFullPath(path))!);
        directory.SetOwner(Encoding.UTF8.GetBytes(Path.GetFileName(path)), (uint)entry.Uid, (uint)entry.Gid);
    }
}
