using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>Small files that are there completely, in their old or their new form, whenever the machine stops.</summary>
internal static class AtomicFile
{
    private const string StagedName = "file";

    /// <summary>Writes a file in the data root.</summary>
    /// <param name="root">The data root, in which the file is staged.</param>
    /// <param name="path">Where it is to be.</param>
    /// <param name="content">All of it.</param>
    /// <param name="replace">False: leaves a file that is there as it is.</param>
    /// <param name="flush">False: the caller flushes the file system, before which nobody may rely on the file.</param>
    public static void Write(DataRoot root, string path, ReadOnlySpan<byte> content, bool replace = true, bool flush = true)
    {
        using StagingArea staging = StagingArea.Create(root, new SquashedOwnership());
        string staged = Path.Combine(staging.Path, StagedName);
        using (SafeFileHandle file = File.OpenHandle(staged, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            if (flush)
            {
                RandomAccess.FlushToDisk(file);
            }
        }
        Publish(staged, path, replace, flush);
    }

    /// <summary>Moves a finished file to its place and makes that durable.</summary>
    /// <returns>False when <paramref name="replace"/> is false and there is a file.</returns>
    public static bool Publish(string stagedPath, string path, bool replace, bool flush = true)
    {
        using RootedDirectory from = RootedDirectory.Open(Path.GetDirectoryName(stagedPath)!);
        using RootedDirectory to = RootedDirectory.Open(Path.GetDirectoryName(path)!);
        try
        {
            from.Rename(Encoding.UTF8.GetBytes(Path.GetFileName(stagedPath)), to, Encoding.UTF8.GetBytes(Path.GetFileName(path)), replace);
        }
        catch (LinuxException e) when (!replace && e.Errno == Errno.EEXIST)
        {
            return false;
        }
        if (flush)
        {
            to.Sync();
        }
        return true;
    }
}
