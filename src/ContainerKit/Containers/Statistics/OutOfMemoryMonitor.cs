using ContainerKit.Runtime;

namespace ContainerKit.Containers.Statistics;

/// <summary>Reports the kernel's killing for want of memory while a container runs.</summary>
internal sealed class OutOfMemoryMonitor : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watch;
    private volatile bool _hasReported;

    /// <param name="open">Opens the container's resources.</param>
    /// <param name="report">Is called for each report of the kernel.</param>
    /// <param name="failed">Is told when the kernel can't be listened to.</param>
    internal OutOfMemoryMonitor(Func<IContainerResources> open, Action report, Action<Exception> failed) => _watch = RunAsync(open, report, failed);

    internal bool HasReported => _hasReported;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(Func<IContainerResources> open, Action report, Action<Exception> failed)
    {
        // The start goes on meanwhile.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            using IContainerResources resources = open();
            await resources.WatchOutOfMemoryAsync(
                () =>
                {
                    _hasReported = true;
                    report();
                },
                _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The container has ended.
        }
        catch (IOException e)
        {
            failed(e);
        }
    }
}
