using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage;

/// <summary>Waits for file locks without blocking a thread. flock(2) offers no notification, so it is asked again and again.</summary>
internal static class WaitingLock
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Acquires a lock, waiting for as long as it takes.</summary>
    /// <returns>The lock, owned by the caller.</returns>
    public static async ValueTask<FileLock> AcquireAsync(string path, bool shared, TimeProvider time, CancellationToken cancellationToken)
    {
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (FileLock.TryAcquire(path, shared) is { } acquired)
            {
                return acquired;
            }
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
