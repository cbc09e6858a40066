using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Packing;

/// <summary>A directory of several layers as overlayfs shows it, without mounting anything.</summary>
/// <param name="directory">Owned by this object.</param>
internal sealed class MergedTreeDirectory(MergedDirectory directory) : ITreeDirectory
{
    public bool IsOpaque => false;

    public IEnumerable<byte[]> EnumerateNames() => directory.EnumerateNames();

    public FileStatus? TryGetStatus(byte[] name) => name.Length == 0 ? directory.Self().Status : directory.Find(name)?.Status;

    public ITreeDirectory? TryOpen(byte[] name)
        => directory.Find(name) is { Status.Type: FileType.Directory } entry ? new MergedTreeDirectory(directory.Open(name, entry)) : null;

    public SafeFileHandle? TryOpenFile(byte[] name)
        => directory.Find(name) is { Status.Type: FileType.Regular } entry ? directory.OpenFile(name, entry) : null;

    public byte[]? TryReadLink(byte[] name)
        => directory.Find(name) is { Status.Type: FileType.SymbolicLink } entry ? directory.ReadLink(name, entry) : null;

    public IReadOnlyList<TarAttribute> ReadAttributes(byte[] name, FileType type)
        => name.Length == 0 ? directory.ReadAttributes(name, directory.Self()) : directory.Find(name) is { } entry ? directory.ReadAttributes(name, entry) : [];

    public void Dispose() => directory.Dispose();
}
