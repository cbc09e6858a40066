using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Packing;

/// <summary>A directory that is packed. What it holds may change meanwhile: what is gone is null, and nothing is reached through a link.</summary>
internal interface ITreeDirectory : IDisposable
{
    /// <summary>The names of the entries, in no order.</summary>
    IEnumerable<byte[]> EnumerateNames();

    /// <summary>An entry's attributes; the directory's own for an empty name; null for nothing.</summary>
    FileStatus? TryGetStatus(byte[] name);

    /// <summary>A directory in it, owned by the caller; null when it is none any more.</summary>
    ITreeDirectory? TryOpen(byte[] name);

    /// <summary>A regular file for reading, owned by the caller; null when it is none any more.</summary>
    SafeFileHandle? TryOpenFile(byte[] name);

    /// <summary>A link's target; null when it is none any more.</summary>
    byte[]? TryReadLink(byte[] name);

    /// <summary>The extended attributes that belong into an archive.</summary>
    IReadOnlyList<TarAttribute> ReadAttributes(byte[] name, FileType type);

    /// <summary>True for a directory that hides those of the layers below.</summary>
    bool IsOpaque { get; }
}
