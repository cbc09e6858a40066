using ContainerKit.Linux;
using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.Instances;

/// <summary>
/// The lock by which an engine process owns a container: on its directory, so it costs no file and stays with it when it is renamed to be
/// removed. The kernel drops it when the process ends, however it ends.
/// </summary>
internal static class OwnerLock
{
    /// <summary>
    /// As <see cref="TryAcquire"/>, and waits for the moment in which a process that the dead owner was just starting still has a copy of the
    /// lock.
    /// </summary>
    internal static async ValueTask<FileLock?> TryAcquireAbandonedAsync(string directory)
    {
        try
        {
            return await FileLock.TryAcquireAbandonedDirectoryAsync(directory).ConfigureAwait(false);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the lock of the container in <paramref name="directory"/>; null when another process has it or the directory is gone.
    /// </summary>
    internal static FileLock? TryAcquire(string directory)
    {
        try
        {
            return FileLock.TryAcquireDirectory(directory);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT)
        {
            return null;
        }
    }
}
