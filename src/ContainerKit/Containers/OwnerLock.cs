using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Runtime;

namespace ContainerKit.Containers;

/// <summary>
/// The lock by which an engine process owns a container: on its directory, so it costs no file and stays with it when it is renamed to be
/// removed. The
/// kernel drops it when the process ends, however it ends.
/// </summary>
internal static class OwnerLock
{
    private const int Attempts = 1000;

    /// <summary>
    /// How often a lock is tried whose holder is not known: mostly it was released between the two questions; for ever only where the kernel shows other
    /// numbers than stat(2) does (btrfs).
    /// </summary>
    private const int AttemptsWithoutHolder = 50;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// As <see cref="TryAcquire"/>, and waits for the moment in which a process that the dead owner was just starting still has a copy of the
    /// lock.
    /// </summary>
    internal static async ValueTask<FileLock?> TryAcquireAbandonedAsync(string directory, TimeProvider time)
    {
        int unknown = 0;
        for (int attempt = 1; ; attempt++)
        {
            if (TryAcquire(directory) is FileLock taken)
                return taken;
            if (attempt == Attempts || !Directory.Exists(directory))
                return null;
            if (FileLock.FindHolder(directory) is int pid ? IsAlive(pid) : ++unknown == AttemptsWithoutHolder)
                return null;
            await Task.Delay(s_pause, time).ConfigureAwait(false);
        }
    }

    /// <summary>A zombie has nothing any more; its parent need not be in a hurry.</summary>
    private static bool IsAlive(int pid) => ProcessStat.Read(pid) is { State: not ('Z' or 'X') };

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
