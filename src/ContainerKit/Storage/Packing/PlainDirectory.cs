using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Packing;

/// <summary>A directory as the kernel shows it: of this machine, of a mounted container root, or an overlay's upper directory.</summary>
/// <param name="directory">Owned by this object.</param>
/// <param name="overlay">The attributes of an upper directory; null for a tree that is none.</param>
internal sealed class PlainDirectory(RootedDirectory directory, OverlayAttributes? overlay = null) : ITreeDirectory
{
    public bool IsOpaque => overlay is { } attributes && directory.GetExtendedAttribute(default, attributes.Opaque()).AsSpan().SequenceEqual("y"u8);

    public bool IsKernelFileSystem => directory.IsKernelFileSystem();

    public IEnumerable<byte[]> EnumerateNames() => directory.EnumerateEntries();

    public FileStatus? TryGetStatus(byte[] name) => directory.TryGetStatus(name);

    public ITreeDirectory? TryOpen(byte[] name)
        => directory.TryOpenDirectory(name, PathResolution.NoSymbolicLinks, out _) is { } opened ? new PlainDirectory(opened, overlay) : null;

    public SafeFileHandle? TryOpenFile(byte[] name)
    {
        try
        {
            return directory.OpenRegularFile(name, PathResolution.NoSymbolicLinks);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ELOOP)
        {
            return null;
        }
    }

    public byte[]? TryReadLink(byte[] name)
    {
        try
        {
            return directory.ReadSymbolicLink(name);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.EINVAL)
        {
            return null;
        }
    }

    public IReadOnlyList<TarAttribute> ReadAttributes(byte[] name, FileType type) => PackedAttributes.Read(directory, name, type);

    public void Dispose() => directory.Dispose();
}
