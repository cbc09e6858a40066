using ContainerKit.Linux.Io;

namespace ContainerKit.Containers.Instances;

/// <summary>
/// Unmounts the file systems of ended containers and deletes the directories of removed ones, one after another. They were renamed before, so nobody can see them any more; what is still here
/// when the process dies, the next engine deletes.
/// </summary>
internal sealed class RemovalQueue(ContainerContext context)
{
    /// <summary>Beyond this callers wait: the disk is slower than they are.</summary>
    private const int MaximumLength = 32;

    private readonly Lock _sync = new();
    private Task _last = Task.CompletedTask;
    private int _length;

    /// <summary>Deletes a hidden directory later, in its turn.</summary>
    /// <param name="hidden">From <see cref="ContainerRemoval.Hide"/>.</param>
    /// <param name="ownerLock">The container's lock, which is released then: it keeps other engines from deleting at the same time.</param>
    /// <returns>A task that completes soon; at once, unless there is much to do.</returns>
    internal Task EnqueueAsync(string hidden, FileLock? ownerLock)
    {
        lock (_sync)
        {
            _last = DeleteAsync(_last, hidden, ownerLock);
            return ++_length > MaximumLength ? _last : Task.CompletedTask;
        }
    }

    /// <summary>Unmounts what is left of a run, in its turn.</summary>
    /// <param name="mounts">From <see cref="Runtime.IContainerProcess.TakeMounts"/>.</param>
    /// <returns>A task that completes when it is done.</returns>
    internal Task UnmountAsync(IDisposable mounts)
    {
        lock (_sync)
        {
            return _last = UnmountAsync(_last, mounts);
        }
    }

    /// <summary>Waits until everything is deleted.</summary>
    internal Task DrainAsync()
    {
        lock (_sync)
        {
            return _last;
        }
    }

    private static async Task UnmountAsync(Task before, IDisposable mounts)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        mounts.Dispose();
    }

    private async Task DeleteAsync(Task before, string hidden, FileLock? ownerLock)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await ContainerRemoval.DeleteAsync(context, hidden).ConfigureAwait(false);
            await context.Images.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerKitException)
        {
            ContainerMessages.RecoveryFailed(context.Logger, e, hidden);
        }
        finally
        {
            ownerLock?.Dispose();
            lock (_sync)
            {
                _length--;
            }
        }
    }
}
