using ContainerKit.Runtime;

namespace ContainerKit.Containers;

/// <content>Waiting, logs, further commands: what needs no transition.</content>
internal sealed partial class ContainerInstance
{
    /// <summary>How often a container of another process is looked at; there is nothing to be notified by.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for the end of the present run, or of the next one when it was not started yet.</summary>
    internal async Task<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<ExitStatus> exit;
            bool owned;
            lock (_sync)
            {
                if (_removed && _lastExit is ExitStatus last)
                    return last;
                exit = _exit.Task;
                owned = _lock is not null || _exitFollows;

                // One that removes itself has ended when it is gone.
                if (owned && !Config.Spec.AutoRemove && _state is ContainerState.Exited exited)
                    return exited.ExitStatus;
            }

            if (owned)
                return await exit.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (GetState() is ContainerState.Exited elsewhere)
                return elsewhere.ExitStatus;
            Task tick = Task.Delay(PollInterval, Time, cancellationToken);
            if (await Task.WhenAny(exit, tick).ConfigureAwait(false) == exit)
                return await exit.ConfigureAwait(false);
            await tick.ConfigureAwait(false);
        }
    }

    internal IAsyncEnumerable<LogLine> ReadLogsAsync(LogFilter filter, bool follow, CancellationToken cancellationToken)
    {
        _ = GetState();
        return LogFileReader.ReadAsync(LogPath, filter, follow ? GetLogGrowth() : null, cancellationToken);
    }

    internal async Task<IContainerProcess> ExecAsync(ExecSpec spec, CancellationToken cancellationToken)
    {
        ContainerSpecValidator.Validate(spec);
        using OperationGate.Operation operation = _context.Operations.Enter(cancellationToken);
        try
        {
            ContainerRun run = await GetRunOrNullAsync("execute in", operation.Token).ConfigureAwait(false) ?? throw WrongState("execute in", GetState(), "it must be running");
            RuntimeExecSpec exec = RuntimeSpecFactory.CreateExec(run.Spec, run.Process.Identity, spec);
            return await _context.Runtime.ExecAsync(exec, operation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (operation.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    /// <summary>Resizes the terminal of the running container.</summary>
    internal async Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken)
    {
        size.Validate(nameof(TerminalSize));
        ContainerRun run = await GetRunOrNullAsync("resize", cancellationToken).ConfigureAwait(false) ?? throw WrongState("resize", GetState(), "it must be running");
        run.Process.Resize(size.Rows, size.Columns);
    }

    private LogGrowth? GetLogGrowth()
    {
        if (_run?.Log is JsonFileLog log)
            return log.WaitForMoreAsync;
        return GetState() is ContainerState.Running && _lock is null ? PollLogAsync : null;
    }

    private async ValueTask<bool> PollLogAsync(long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The state first: what was written before it changed is then in the file.
            bool running = !_removed && ContainerFiles.ReadState(Directory, out _) is { Status: ContainerStatus.Running };
            var file = new FileInfo(LogPath);
            if (file.Exists && file.Length > known)
                return running;
            if (!running)
                return false;
            await Task.Delay(PollInterval, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void CompleteExit(ExitStatus status)
    {
        TaskCompletionSource<ExitStatus> exit;
        lock (_sync)
        {
            _lastExit = status;
            exit = _exit;
            _exit = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        exit.TrySetResult(status);
    }

    private void FailWaiters(Exception reason)
    {
        _exit.TrySetException(reason);
        _ = _exit.Task.Exception; // most of the time nobody waits, and then it is no unobserved failure
    }
}
