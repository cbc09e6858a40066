using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Storage;

/// <summary>
/// Keeps what adds references and what removes content apart, between all processes that use the directory: those that add hold it together, who removes
/// holds it alone. It is held for moments, never while content is transferred.
/// </summary>
/// <remarks>
/// .NET takes flock(2) for <see cref="FileShare"/>, shared or exclusive, without waiting; so a lock is asked for again after a pause. Who wants it alone
/// takes the turnstile first, so that those who come later wait behind it and it can't starve.
/// </remarks>
internal sealed class StoreLock(RegistryPaths paths)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly string _lock = Path.Combine(paths.Root, "lock");
    private readonly string _turnstile = Path.Combine(paths.Root, "turnstile");

    /// <summary>For adding: others may add at the same time, nobody removes.</summary>
    internal async ValueTask<IDisposable> ShareAsync(CancellationToken cancellationToken)
    {
        using SafeFileHandle turnstile = await OpenAsync(_turnstile, FileShare.Read, cancellationToken).ConfigureAwait(false);
        return await OpenAsync(_lock, FileShare.Read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For removing.</summary>
    internal async ValueTask<IDisposable> OwnAsync(CancellationToken cancellationToken)
    {
        using SafeFileHandle turnstile = await OpenAsync(_turnstile, FileShare.None, cancellationToken).ConfigureAwait(false);
        return await OpenAsync(_lock, FileShare.None, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<SafeFileHandle> OpenAsync(string path, FileShare share, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = TimeSpan.FromMilliseconds(1); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
            }
            catch (IOException e) when (StorageFault.IsLocked(e))
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
