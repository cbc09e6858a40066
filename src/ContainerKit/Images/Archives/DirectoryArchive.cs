using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Images.Archives;

/// <summary>A directory of this machine as an archive. Names and links in it never lead out of it.</summary>
internal sealed class DirectoryArchive(string path) : IImageArchive
{
    private readonly RootedDirectory _directory = RootedDirectory.Open(path);

    /// <inheritdoc/>
    public Stream? OpenRead(string name)
    {
        try
        {
            SafeFileHandle? file = _directory.OpenRegularFile(Encoding.UTF8.GetBytes(name));
            return file is null ? null : new FileStream(file, FileAccess.Read, bufferSize: 0);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public string? FindMovable(string name) => null;

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();
}
