using System.Globalization;
using ContainerKit.Linux.Io;

namespace ContainerKit.Storage;

/// <summary>Waits for file locks without blocking a thread. flock(2) offers no notification, so it is asked again and again.</summary>
internal static class WaitingLock
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a copy of a dead process's lock may last: a process that it was just starting has one until its execve.</summary>
    private const int AbandonedAttempts = 1000;

    /// <summary>
    /// How often a lock is tried whose holder is not known: mostly it was released between the two questions; for ever only where the kernel shows other
    /// numbers than stat(2) does (btrfs).
    /// </summary>
    private const int UnknownAttempts = 20;

    /// <summary>
    /// Acquires a lock if it is free, and waits for one whose holder is dead: another process has a copy of it for a moment, when it was just being
    /// started.
    /// </summary>
    /// <returns>The lock, owned by the caller; null when somebody holds it who lives.</returns>
    public static async ValueTask<FileLock?> TryAcquireAbandonedAsync(string path, CancellationToken cancellationToken)
    {
        int unknown = 0;
        for (int attempt = 1; ; attempt++)
        {
            if (FileLock.TryAcquire(path) is { } acquired)
            {
                return acquired;
            }
            bool goesOn = FileLock.FindHolder(path) is int holder
                ? !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{holder}"))
                : ++unknown < UnknownAttempts;
            if (!goesOn || attempt == AbandonedAttempts)
            {
                return null;
            }
            await Task.Delay(FirstDelay * 10, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Acquires a lock, waiting for as long as it takes.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public static async ValueTask<FileLock> AcquireAsync(string path, bool shared, TimeProvider time, CancellationToken cancellationToken)
    {
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (FileLock.TryAcquire(path, shared ? FileLockMode.Shared : FileLockMode.Exclusive) is { } acquired)
            {
                return acquired;
            }
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
