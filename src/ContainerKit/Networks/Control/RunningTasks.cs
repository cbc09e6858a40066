namespace ContainerKit.Networks.Control;

/// <summary>Counts what runs, so that there is never too much of it and its end can be awaited.</summary>
/// <param name="limit">How much may run at once.</param>
internal sealed class RunningTasks(int limit)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _empty;
    private int _count;

    /// <summary>Runs something unless too much runs already.</summary>
    /// <param name="run">Handles its own failures.</param>
    /// <param name="state">What it is given.</param>
    /// <returns>False when it was not started.</returns>
    internal bool TryStart<T>(Func<T, Task> run, T state)
    {
        lock (_gate)
        {
            if (_count >= limit)
            {
                return false;
            }

            _count++;
        }

        _ = RunAsync(run, state);
        return true;
    }

    /// <summary>Completes when nothing runs; nothing may be started any more.</summary>
    internal Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    private async Task RunAsync<T>(Func<T, Task> run, T state)
    {
        try
        {
            await run(state).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (--_count == 0)
                {
                    _empty?.SetResult();
                }
            }
        }
    }
}
