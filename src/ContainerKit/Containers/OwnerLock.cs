using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Containers;

/// <summary>The flock(2) by which an engine process owns a container; the kernel drops it when the process ends, however it ends.</summary>
internal sealed class OwnerLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private OwnerLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock of the container in <paramref name="directory"/>; null when another process has it or the directory is gone.</summary>
    internal static OwnerLock? TryAcquire(string directory) => TryAcquireFile(ContainerPaths.Lock(directory));

    /// <summary>Takes the lock on a file, which is made when missing; null when somebody else has it or its directory is gone.</summary>
    internal static OwnerLock? TryAcquireFile(string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is DirectoryNotFoundException || e.GetType() == typeof(IOException))
        {
            return null;
        }

        // Between open and flock the owner may have removed the container. Ids are never used twice, so the path decides.
        if (File.Exists(path))
            return new OwnerLock(file);
        file.Dispose();
        return null;
    }

    public void Dispose() => _file.Dispose();
}
