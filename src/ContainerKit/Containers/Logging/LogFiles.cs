using System.Globalization;
using System.IO.Compression;
using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Containers;

/// <summary>
/// The files of a log that is rotated: the present one, and full ones with <c>.1</c>, <c>.2</c>… appended, the newest first; compressed ones end in
/// <c>.gz</c>. The names are Docker's, which log shippers know.
/// </summary>
internal static class LogFiles
{
    internal const int MaximumCount = 1000;

    private const int OpenAttempts = 20;

    /// <summary>The name of a full file; 0 is the present one.</summary>
    internal static string Name(string path, int index) => index == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}.{index}");

    /// <summary>Makes room for a new present file; at most <paramref name="count"/> files are there once it exists.</summary>
    internal static void Rotate(string path, int count, bool compress)
    {
        for (int index = count - 1; File.Exists(Name(path, index)) || File.Exists(Compressed(path, index)); index++)
            Delete(path, index); // more than one only where the number was greater before
        for (int index = count - 2; index >= 0; index--)
        {
            Move(Name(path, index), Name(path, index + 1));
            if (index > 0)
                Move(Compressed(path, index), Compressed(path, index + 1));
        }

        if (compress && count > 1)
            Compress(Name(path, 1), Compressed(path, 1));
    }

    /// <summary>All files, oldest first. They are consistent if nobody else rotates meanwhile.</summary>
    internal static List<LogFile> OpenAll(string path)
    {
        List<LogFile> files = [];
        try
        {
            for (int index = 0; index <= MaximumCount && TryOpen(path, index) is LogFile file; index++)
                files.Insert(0, file);
            if (files.Count == 0)
                AddFull(path, files);
            return files;
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>All files, oldest first, also while another process rotates them.</summary>
    internal static List<LogFile> OpenAllStable(string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            (ulong, ulong)? before = Identity(path);
            List<LogFile> files = OpenAll(path);
            if (before == Identity(path) || attempt == OpenAttempts)
                return files;
            files.ForEach(file => file.Dispose());
        }
    }

    /// <summary>One file; null when it does not exist.</summary>
    internal static LogFile? TryOpen(string path, int index)
    {
        try
        {
            return new LogFile(Open(Name(path, index)), isCompressed: false);
        }
        catch (FileNotFoundException) when (index > 0)
        {
            try
            {
                return new LogFile(Open(Compressed(path, index)), isCompressed: true);
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>By what a file is recognised after it was renamed; null when there is none.</summary>
    internal static (ulong Device, ulong Inode)? Identity(string path)
    {
        try
        {
            using RootedDirectory directory = RootedDirectory.Open(Path.GetDirectoryName(path)!);
            FileStatus? status = directory.TryGetStatus(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            return status is FileStatus found ? (found.Device, found.Inode) : null;
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }
    }

    private static void AddFull(string path, List<LogFile> files)
    {
        // An engine that died between the rotation and its first line afterwards leaves no present file.
        for (int index = 1; index <= MaximumCount && TryOpen(path, index) is LogFile file; index++)
            files.Insert(0, file);
    }

    private static void Compress(string source, string target)
    {
        string temporary = target + ".tmp";
        using (FileStream input = Open(source))
        using (var output = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        using (var compressor = new GZipStream(output, CompressionLevel.Fastest))
            input.CopyTo(compressor);
        File.Move(temporary, target, overwrite: true);
        File.Delete(source);
    }

    private static void Move(string source, string target)
    {
        if (File.Exists(source))
            File.Move(source, target, overwrite: true);
    }

    private static void Delete(string path, int index)
    {
        File.Delete(Name(path, index));
        if (index > 0)
            File.Delete(Compressed(path, index));
    }

    private static string Compressed(string path, int index) => Name(path, index) + ".gz";

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
