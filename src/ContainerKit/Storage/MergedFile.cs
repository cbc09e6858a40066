using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage;

/// <summary>What <see cref="MergedView.Find"/> found.</summary>
/// <param name="Path">Absolute path inside, without links, <c>.</c> and <c>..</c>.</param>
/// <param name="Layer">Index of the directory that holds it, 0 is the topmost; for a merged directory the topmost one.</param>
/// <param name="HostPath">Where it is on this machine. Whoever opens it by this path must expect that it has been replaced.</param>
/// <param name="Status">Type, mode, owner, size.</param>
internal sealed record MergedFile(string Path, int Layer, string HostPath, FileStatus Status)
{
    /// <summary>True for a directory.</summary>
    public bool IsDirectory => Status.Type == FileType.Directory;

    /// <summary>True for a regular file with any execute permission: what root may execute.</summary>
    public bool IsExecutable => Status.Type == FileType.Regular && (Status.Mode & 0x49) != 0;
}
