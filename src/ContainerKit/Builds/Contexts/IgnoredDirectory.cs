using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Contexts;

/// <summary>A directory of a context without what is ignored. A directory that is ignored is there when something below it is not.</summary>
/// <param name="directory">Owned by this object.</param>
/// <param name="path">The directory's path in the context; empty for its root.</param>
/// <param name="rules">What is ignored.</param>
internal sealed class IgnoredDirectory(ITreeDirectory directory, string path, IgnoreRules rules) : ITreeDirectory
{
    public bool IsOpaque => false;

    public IEnumerable<byte[]> EnumerateNames() => directory.EnumerateNames().Where(IsThere);

    public FileStatus? TryGetStatus(byte[] name) => name.Length == 0 || IsThere(name) ? directory.TryGetStatus(name) : null;

    public ITreeDirectory? TryOpen(byte[] name)
        => IsThere(name) && directory.TryOpen(name) is { } opened ? new IgnoredDirectory(opened, PathOf(name), rules) : null;

    public SafeFileHandle? TryOpenFile(byte[] name) => IsThere(name) ? directory.TryOpenFile(name) : null;

    public byte[]? TryReadLink(byte[] name) => IsThere(name) ? directory.TryReadLink(name) : null;

    public IReadOnlyList<TarAttribute> ReadAttributes(byte[] name, FileType type) => directory.ReadAttributes(name, type);

    public void Dispose() => directory.Dispose();

    private string PathOf(byte[] name) => path.Length == 0 ? Encoding.UTF8.GetString(name) : $"{path}/{Encoding.UTF8.GetString(name)}";

    private bool IsThere(byte[] name)
    {
        string full = PathOf(name);
        if (!rules.IsIgnored(full))
        {
            return true;
        }
        if (!rules.MayIncludeBelow(full) || directory.TryOpen(name) is not { } opened)
        {
            return false;
        }
        using var below = new IgnoredDirectory(opened, full, rules);
        return below.EnumerateNames().Any();
    }
}
