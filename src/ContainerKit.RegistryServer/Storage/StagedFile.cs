using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Storage;

/// <summary>Writes small files so that they are there as a whole or not at all, also after a power failure.</summary>
internal sealed class StagedFile(RegistryPaths paths)
{
    /// <summary>Puts content in its place, over what is there.</summary>
    /// <param name="path">The place.</param>
    /// <param name="content">What it becomes.</param>
    /// <param name="settle">
    /// True: the return says that it is on the disk, with everything that was renamed before. A directory can't be synchronised from here, but the file
    /// can, once more after the rename: journals keep the order of what changes names.
    /// </param>
    internal void Write(string path, ReadOnlySpan<byte> content, bool settle = false)
    {
        string staged = Path.Combine(paths.Staging, Guid.NewGuid().ToString("N"));
        try
        {
            using SafeFileHandle file = File.OpenHandle(staged, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
            Place(staged, path);
            if (settle)
                RandomAccess.FlushToDisk(file);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
    }

    /// <summary>Renames a file to its place, whose directory may not be there yet.</summary>
    internal static void Place(string staged, string path)
    {
        try
        {
            File.Move(staged, path, overwrite: true);
        }
        catch (Exception e) when (IsDirectoryMissing(e))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(staged, path, overwrite: true);
        }
    }

    /// <summary>
    /// A file of which only its name, its time and perhaps a hint in it matter. When it returns, the name is on the disk, with everything that was renamed
    /// before.
    /// </summary>
    internal static void Mark(string path, DateTimeOffset time, ReadOnlySpan<byte> hint = default)
    {
        using SafeFileHandle file = OpenMark(path);
        if (hint.Length > 0 && RandomAccess.GetLength(file) == 0)
            RandomAccess.Write(file, hint, 0);
        File.SetLastWriteTimeUtc(file, time.UtcDateTime);
        RandomAccess.FlushToDisk(file);
    }

    private static SafeFileHandle OpenMark(string path)
    {
        try
        {
            return Open(path);
        }
        catch (Exception e) when (IsDirectoryMissing(e))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return Open(path);
        }

        // Shared for all: two pushes of one blob mark it at the same time.
        static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
    }

    /// <summary>ENOENT: .NET looks which of both it was only afterwards, when another request may have made the directory already.</summary>
    private static bool IsDirectoryMissing(Exception error) => error is DirectoryNotFoundException or FileNotFoundException;

    /// <summary>Says that a file is needed now.</summary>
    internal static void Touch(string path, DateTimeOffset time) => File.SetLastWriteTimeUtc(path, time.UtcDateTime);

    /// <summary>The whole of a small file; null where it is not there.</summary>
    internal static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
