using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Execution;

/// <summary>The files of a stage, or of an image: its layers together, without mounting anything.</summary>
/// <param name="layers">Owned by this object.</param>
/// <param name="owners">What the files' owners are inside.</param>
internal sealed class StageFiles(LayerDirectories layers, OwnerView owners) : IDisposable
{
    private const int MaxLinks = 40;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public OwnerView Owners => owners;

    /// <summary>The root.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    public MergedTreeDirectory OpenRoot() => new(layers.OpenRoot());

    /// <summary>Where a path leads, links followed, as far as it exists.</summary>
    /// <param name="path">Taken from the root.</param>
    /// <param name="followsLast">False: a link at the end is the result itself.</param>
    /// <exception cref="LinuxException">ENOTDIR: a component on the way is no directory. ELOOP: too many links.</exception>
    public StagePath Resolve(string path, bool followsLast = true)
    {
        byte[] bytes = Strict.GetBytes(path);
        if (bytes.Length >= FileName.MaxPathLength)
        {
            throw new LinuxException("resolve", Errno.ENAMETOOLONG, path[..64] + "…");
        }
        using var walk = new MergedPathWalk(layers.OpenRoot, MaxLinks);
        walk.Run(bytes, followsLast);
        return walk.IsBlocked
            ? throw new LinuxException("resolve", Errno.ENOTDIR, path)
            : new StagePath([.. walk.Components], walk.MissingCount, walk.MissingCount > 0 ? null : walk.Status);
    }

    /// <summary>Reads a text file such as /etc/passwd; null when there is none.</summary>
    public string? ReadText(string path, int maxBytes)
    {
        using var walk = new MergedPathWalk(layers.OpenRoot, MaxLinks);
        walk.Run(Strict.GetBytes(path), followLast: true);
        using SafeFileHandle? file = walk.IsBlocked ? null : walk.OpenFile();
        if (file is null || RandomAccess.GetLength(file) > maxBytes)
        {
            return null;
        }
        byte[] content = new byte[RandomAccess.GetLength(file)];
        return Encoding.UTF8.GetString(content, 0, RandomAccess.Read(file, content, 0));
    }

    /// <summary>Opens a directory that exists.</summary>
    /// <param name="path">Its components, without links.</param>
    /// <param name="count">How many of them.</param>
    /// <returns>The directory, owned by the caller; null when there is none.</returns>
    public MergedTreeDirectory? OpenDirectory(IReadOnlyList<byte[]> path, int count)
    {
        ITreeDirectory current = OpenRoot();
        for (int i = 0; i < count; i++)
        {
            ITreeDirectory? next = current.TryOpen(path[i]);
            current.Dispose();
            if (next is null)
            {
                return null;
            }
            current = next;
        }
        return (MergedTreeDirectory)current;
    }

    public void Dispose() => layers.Dispose();
}

/// <summary>Where a path leads.</summary>
/// <param name="Components">Without links; empty for the root.</param>
/// <param name="MissingCount">How many of the last components do not exist.</param>
/// <param name="Status">What is there; null for nothing.</param>
internal sealed record StagePath(IReadOnlyList<byte[]> Components, int MissingCount, FileStatus? Status)
{
    public int ExistingCount => Components.Count - MissingCount;
}
