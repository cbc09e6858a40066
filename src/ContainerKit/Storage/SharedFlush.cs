using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage;

/// <summary>
/// Flushes the file system of the layers to disk, for several callers at once: syncfs(2) writes what anybody has written, so whoever comes
/// while one runs waits for the next one with all others. Layers that are unpacked in parallel need not flush one by one.
/// </summary>
/// <param name="root">The data root.</param>
internal sealed class SharedFlush(DataRoot root)
{
    private readonly Lock _sync = new();
    private Task _running = Task.CompletedTask;
    private Task? _next;

    /// <summary>Flushes everything that was written before the call.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            // One that runs may have passed what the caller has written.
            _next ??= RunAfterAsync(_running);
            return _next.WaitAsync(cancellationToken);
        }
    }

    private async Task RunAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        lock (_sync)
        {
            (_running, _next) = (_next!, null);
        }
        using RootedDirectory layers = RootedDirectory.Open(root.LayersDirectory);
        layers.SyncFileSystem();
    }
}
