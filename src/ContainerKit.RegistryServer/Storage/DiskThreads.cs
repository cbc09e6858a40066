namespace ContainerKit.RegistryServer.Storage;

/// <summary>
/// Waits for the disk on threads of its own. fsync(2) takes milliseconds to seconds, and as many threads of the pool as there are processors would serve nobody
/// meanwhile.
/// </summary>
internal sealed class DiskThreads : IDisposable
{
    /// <summary>What a disk can do with at once; who comes later waits without a thread.</summary>
    private const int MaxThreads = 16;

    private readonly SemaphoreSlim _free = new(MaxThreads);

    /// <summary>Runs what waits for the disk.</summary>
    internal async Task RunAsync(Action action, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
