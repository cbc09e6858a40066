using ContainerKit.Containers.State;

namespace ContainerKit.Containers.Instances;

/// <content>Waiting for conditions.</content>
internal sealed partial class ContainerInstance
{
    private readonly TaskCompletionSource<ExitStatus> _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits for a condition. What the wait is for is fixed when this is called.</summary>
    internal Task<ExitStatus> WaitAsync(WaitCondition condition, CancellationToken cancellationToken) => condition switch
    {
        WaitCondition.NotRunning => GetState() is ContainerState.Created created
            ? Task.FromResult(new ExitStatus(created.FailedExitCode ?? 0))
            : WaitAsync(cancellationToken),
        WaitCondition.NextExit => WaitForNextExitAsync(cancellationToken),
        WaitCondition.Removed => WaitForRemovalAsync(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, $"condition '{condition}' is not allowed: expected NotRunning, NextExit or Removed."),
    };

    /// <summary>Waits until a health check succeeds.</summary>
    internal async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        // Events have no gaps, so none of the changes between two looks is missed.
        FilterSet filters = FilterSet.Empty.With("container", Config.Id);
        IAsyncEnumerable<ContainerKitEvent> changes = _context.Events.ReadAsync(new Events.EventMatcher(filters), null, null, cancellationToken);
        if (IsHealthy())
            return;
        bool foreign;
        lock (_sync)
            foreign = _lock is null;
        if (foreign)
        {
            while (!IsHealthy())
                await Task.Delay(PollInterval, Time, cancellationToken).ConfigureAwait(false);
            return;
        }

        await foreach (ContainerKitEvent _ in changes.ConfigureAwait(false))
        {
            if (IsHealthy())
                return;
        }

        throw OperationGate.CreateClosedException();
    }

    /// <summary>False when it may still become healthy.</summary>
    private bool IsHealthy()
    {
        ContainerState state = GetState();
        return state switch
        {
            ContainerState.Running { Health: null } => throw WrongState("wait for the health of", state, "and it has no health check"),
            ContainerState.Running { Health: HealthStatus.Healthy } => true,
            ContainerState.Running { Health: HealthStatus.Unhealthy } => throw WrongState("wait for the health of", state, "but its health check says that it is unhealthy"),
            ContainerState.Running or ContainerState.Restarting => false,
            _ => throw WrongState("wait for the health of", state, "it must be running"),
        };
    }

    private async Task<ExitStatus> WaitForNextExitAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset? before = FinishedAt(GetState());
        while (true)
        {
            Task<ExitStatus> exit;
            bool ours;
            lock (_sync)
            {
                exit = _exit.Task;
                ours = _run is not null || _exitFollows || (_lock is not null && (_state is ContainerState.Restarting || Config.IsEphemeral));
            }

            if (ours)
                return await exit.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (GetState() is ContainerState.Exited elsewhere && elsewhere.FinishedAt != before)
                return elsewhere.ExitStatus;

            // It may be started by anybody.
            if (await IsOverAsync(exit, cancellationToken).ConfigureAwait(false))
                return await exit.ConfigureAwait(false);
        }
    }

    private async Task<ExitStatus> WaitForRemovalAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            bool ours;
            lock (_sync)
                ours = _exitFollows || (_lock is not null && Config.IsEphemeral);
            if (ours)
                return await _gone.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (await IsOverAsync(_gone.Task, cancellationToken).ConfigureAwait(false))
                return await _gone.Task.ConfigureAwait(false);
            if (!_removed && !System.IO.Directory.Exists(Directory))
                return _lastExit ?? default; // by another process
        }
    }

    /// <summary>Waits until it is time to look again; true when <paramref name="end"/> came before.</summary>
    private async Task<bool> IsOverAsync(Task end, CancellationToken cancellationToken)
    {
        try
        {
            await ((Task)end.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default))
                .WaitAsync(PollInterval, Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static DateTimeOffset? FinishedAt(ContainerState state) => (state as ContainerState.Exited)?.FinishedAt;
}
